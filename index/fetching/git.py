"""A git repository, by the system's git."""

from index.fetching.fetcher import Fetcher
from index.sources import RepositorySettings


def fetch_repository(source: RepositorySettings) -> Fetcher:
    """Return what fetches a repository."""
    raise NotImplementedError(source)
