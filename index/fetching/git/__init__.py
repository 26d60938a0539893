"""A git repository, by the system's git: of one commit, the files that are documents."""
