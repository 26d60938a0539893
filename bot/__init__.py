"""The Discord bot and its terminal twin; knows the index by its front door alone."""
