"""What members ask and are told: questions, those before them, and the replies to them."""
