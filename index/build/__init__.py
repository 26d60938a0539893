"""The seeds folder to a generation: scanned, compared, read, embedded, written, checked."""
