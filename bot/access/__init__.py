"""Who may see which collections: what is for somebody, and what is for all who read a channel."""
