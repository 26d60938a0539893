"""What an owner may write under `[[sources]]`."""

import pytest
from pydantic import ValidationError

from index.sources import RepositorySettings


@pytest.mark.parametrize(
    "address",
    [
        "https://[::1]:8443/x.git", "ssh://git@example.org/x", "git@example.org:owner/x.git",
        "file:///srv/x.git", "../x", "/srv/x",
    ],
)  # fmt: skip
def test_addresses_of_repositories_are_taken(address: str) -> None:
    assert RepositorySettings(name="hb", repository=address).repository == address


@pytest.mark.parametrize(
    "address",
    [
        "https://", "https:///x", "HTTPS://example.org/x", "https://[example.org/x",
        "https://example.org:99999/x", "https://exämple.org/x", "ext::sh -c id", "-x",
        "ftp://example.org/x", "https://ann:secret@example.org/x", "file://example.org/x",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_repository_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValidationError, match="should be the address of a git repository"):
        RepositorySettings(name="hb", repository=address)


@pytest.mark.parametrize(
    "link",
    ["javascript:{path}", "https://example.org/", "https://example.org/{path} x",
     "https://example.org/{path}\u202e"],
)  # fmt: skip
def test_a_link_that_no_citation_could_have_is_refused(link: str) -> None:
    with pytest.raises(ValidationError, match="should be empty or an address"):
        RepositorySettings(name="hb", repository="/srv/x", link=link)
