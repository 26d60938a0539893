"""Addresses on the web of files in a repository, at one commit and with the lines that are cited.

Known are the hosts that most repositories are on, and their programs where an owner runs them and
the host is named by it. `?plain=1` and `?display=source` show the lines of what is rendered else.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from index.reading.formats import READERS
from index.sources import RepositorySettings

GITHUB = "{web}/blob/{commit}/{path}?plain=1#L{first}-L{last}"
GITLAB = "{web}/-/blob/{commit}/{path}?plain=1#L{first}-{last}"
FORGEJO = "{web}/src/commit/{commit}/{path}?display=source#L{first}-L{last}"
BITBUCKET = "{web}/src/{commit}/{path}#lines-{first}:{last}"
SOURCEHUT = "{web}/tree/{commit}/item/{path}#L{first}-{last}"
HOSTS = {
    "github.com": GITHUB,
    "gitlab.com": GITLAB,
    "codeberg.org": FORGEJO,
    "gitea.com": FORGEJO,
    "bitbucket.org": BITBUCKET,
    "git.sr.ht": SOURCEHUT,
}
# How a host of one's own is called by which of the programs runs there.
NAMED = {"github": GITHUB, "gitlab": GITLAB, "gitea": FORGEJO, "forgejo": FORGEJO}
# Where ssh is spoken through a port that firewalls let through.
ASIDE = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
# What has no lines, and is shown as it is.
WHOLE = {"pdf", "docx", "odt", "epub", "pptx", "xlsx", "mail", "notebook"}


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is: git's `protocol`, the host (empty on this machine), and its page."""

    protocol: str
    host: str = ""
    web: str = ""

    @classmethod
    def of(cls, repository: str) -> "Remote":
        """Understand the address of a repository: one with a protocol, `host:path`, or a path."""
        if "://" in repository:
            parts = urlsplit(repository)
            protocol, host, path = parts.scheme, parts.hostname or "", parts.path
        else:
            before, colon, path = repository.partition(":")
            if not colon or "/" in before:
                return cls("file")
            protocol, host, parts = "ssh", before.rpartition("@")[2].lower(), None
        if protocol == "file":
            return cls("file")
        host = ASIDE.get(host, host)
        place = host
        if parts is not None and protocol in {"https", "http"}:
            place = parts.netloc.rpartition("@")[2].lower()
        scheme = "http" if protocol == "http" else "https"
        page = quote(path.strip("/").removesuffix(".git"), safe="/~%")
        return cls(protocol, host, f"{scheme}://{place}/{page}")


def template(source: RepositorySettings) -> str:
    """Return the address of a file of a source, in which `{commit}` and `{path}` stand for them.

    So do `{first}` and `{last}` for lines, if there are any in it; empty where none is known.
    """
    if source.link:
        return source.link
    remote = Remote.of(source.repository)
    known = HOSTS.get(remote.host) or NAMED.get(remote.host.partition(".")[0], "")
    return known.replace("{web}", remote.web)


def link(address: str, commit: str, path: str) -> str:
    """Return the address of the file at `path` in the repository; `address` is by `template`."""
    if READERS.get(PurePosixPath(path).suffix.lower()) in WHOLE and "{first}" in address:
        address = address.partition("#")[0].removesuffix("?plain=1").removesuffix("?display=source")
    return address.replace("{commit}", commit).replace("{path}", quote(path))
