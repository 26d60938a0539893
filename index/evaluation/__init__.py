"""How well the index answers: question sets, figures, fitting, pictures."""
