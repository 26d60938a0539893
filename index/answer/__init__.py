"""A question to an answer: understood, searched for, quoted, judged."""
