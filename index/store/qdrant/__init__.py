"""The search engine Qdrant: the only importers of its client."""
