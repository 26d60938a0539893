"""Who fetches a repository: a token from the environment, for that one and its host alone."""

import base64
import os
import re
from urllib.parse import urlsplit

from index.errors import FetchFailed
from index.sources import RepositorySettings

VARIABLE = "SEEDBOT_GIT_TOKEN_"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Who comes with a token, where its owner doesn't say; most hosts look at the token alone.
USERS = {"bitbucket.org": "x-token-auth"}
USER = "oauth2"


def variable(source: RepositorySettings) -> str:
    """Return the name of the variable that may hold the token of a source."""
    return VARIABLE + source.name.upper().replace("-", "_")


def token(source: RepositorySettings) -> str:
    """Return the token of a source, `user:token` where its owner says whose; empty without one.

    Raises:
        FetchFailed: it can't be one.
    """
    found = os.environ.get(variable(source), "").strip()
    if found and not re.fullmatch(r"[!-~]+", found):
        message = (
            f"{variable(source)} has blanks or other signs in it that no token has: set it anew"
        )
        raise FetchFailed(message)
    return found


def secret(source: RepositorySettings) -> dict[str, str]:
    """Return variables that have git show the token to the repository's host, and to no other.

    In the environment of git's own process it stands in no file, and in no list of processes.

    Raises:
        FetchFailed: the token can't be one, or would be sent so that others can read it.
    """
    parts = urlsplit(source.repository)
    if parts.scheme not in {"https", "http"} or not (given := token(source)):
        return {}
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        message = (
            f"{variable(source)} is set, but over http:// everybody on the way could read it: "
            "set `repository` to an address with https://"
        )
        raise FetchFailed(message)
    if ":" not in given:
        given = f"{USERS.get(parts.hostname or '', USER)}:{given}"
    header = base64.b64encode(given.encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
    }


def without_secrets(text: str, source: RepositorySettings) -> str:
    """Return what a server said without the token, should it have said that."""
    given = os.environ.get(variable(source), "").strip()
    hidden = {given, given.rpartition(":")[2], secret(source).get("GIT_CONFIG_VALUE_0", "")[21:]}
    for each in sorted(hidden - {""}, key=len, reverse=True):
        text = text.replace(each, "***")
    return text
