"""The language models: run, exported, chosen; the only importers of their libraries."""
