"""What a text is made of: its language, its words, its passages, its places."""
