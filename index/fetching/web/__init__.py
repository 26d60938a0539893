"""A website as a source: what of it is asked for, how, and what is kept of each page."""
