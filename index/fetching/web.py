"""A website, page by page."""

from index.fetching.fetcher import Fetcher
from index.sources import WebsiteSettings


def fetch_website(source: WebsiteSettings) -> Fetcher:
    """Return what fetches a website."""
    raise NotImplementedError(source)
