"""How Qdrant's own engine does at a million passages, and what that says of 10^8."""
