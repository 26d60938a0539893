"""What git complains of, in one line that says what to do."""

import re

# What the limit on the size of one file is told as.
NO_ROOM = "fatal: file too large"
LONGEST = 200
SIGNS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
HTTP = re.compile(r"(?:error|returned error|HTTP)[: ]+(\d{3})\b")
REFUSED = "authentication failed|could not read (?:username|password)"
NOT_THERE = (
    "it isn't there, or isn't to be seen without a token: check `repository`, and set {token} to "
    "one that may read it"
)
NOT_WITH = (
    "it isn't there, or the token in {token} may not read it: check `repository`, and that the "
    "token is for this repository and hasn't expired"
)
NOT_BY_KEY = (
    "it isn't there, or may not be read from here: check `repository`, and by which key the bot's "
    "user is known to {host}"
)
MOVED = (
    "it has moved, and a redirect is never followed: open its address in a browser, and set "
    "`repository` to where that leads"
)
TOO_OFTEN, THEIRS = 429, 500
# What is told, and of which words in what git says, looked for in this order; {host} and {token}
# stand for theirs.
TOLD = {
    "there is no room on the disk: make room there": "no space left|disk quota|disk full",
    "a file of it takes more than five times `max_mb` on the disk; raise that, if this is meant": (
        "file too large|signal 25"
    ),
    "what it packs takes more memory than git is given here; it may be made to do harm": (
        "out of memory|cannot allocate|malloc|mmap failed"
    ),
    "ssh isn't installed, which it is fetched by: install it (`apt install openssh-client`)": (
        "cannot run ssh|ssh: not found|ssh: command not found"
    ),
    "the host {host} isn't known: check `repository`, and the network here": (
        "could not resolve host|name or service not known|unable to look up"
    ),
    "the key of {host} isn't known here, or has changed: as the user of the bot, connect once by "
    "`ssh {host}`, and compare the key with what its owner tells": "host key verification failed",
    "{host} refuses the keys that ssh has here: put a key that may read it in ~/.ssh of the bot's "
    "user, with no passphrase or in an agent": r"permission denied \(",
    "the certificate of {host} can't be trusted: name that of its issuer by GIT_SSL_CAINFO": (
        "ssl certificate|certificate verif|server certificate|unknown ca"
    ),
    "it belongs to another user of this machine than the bot's: let it be owned by that one": (
        "dubious ownership"
    ),
    "there is no repository: check `repository`; one elsewhere begins with https://": (
        "no such file or directory|not a git repository|does not appear to be a git|"
        "repository not exported|no such repository|access denied or repository"
    ),
    "what {host} has there is no repository that can be fetched: check `repository`": (
        "is this a git repository|dumb http"
    ),
    "{host} ended the connection, or sent what is no repository; it is tried again": (
        "early eof|hung up|rpc failed|unexpected disconnect|bad line length|protocol error|"
        "connection reset|invalid index-pack|bad band|expected flush|operation too slow|"
        "transfer closed"
    ),
    "{host} can't be reached, or ends the connection: check `repository`, and the network here": (
        "connection refused|failed to connect|couldn't connect|connection timed out|no route to|"
        "network is unreachable|unable to connect to|could not read from remote repository"
    ),
}


def explain(said: str, host: str, token: str, *, has_token: bool) -> str:
    """Say what went wrong by what git wrote.

    `token` is the name of the variable that may have one, empty where none is of use. What
    isn't known is told in git's own words, the last line of them that complains.
    """
    names = {"host": host or "its server", "token": token}
    low = said.lower()
    if has_token and re.search(REFUSED, low):
        return f"{names['host']} refuses the token in {token}: set it to one that may read it"
    status = HTTP.search(said)
    if status and (words := _of_status(int(status[1]), has_token=has_token)):
        return words.format(**names)
    if re.search(REFUSED + "|repository .*not found", low):
        words = (NOT_WITH if has_token else NOT_THERE) if token else NOT_BY_KEY
        return words.format(**names)
    for words, pattern in TOLD.items():
        if re.search(pattern, low):
            return words.format(**names)
    return f"git can't fetch it: {_last(said)}"


def _of_status(status: int, *, has_token: bool) -> str:
    if status in {401, 403, 404}:
        return NOT_WITH if has_token else NOT_THERE
    if status in {301, 302, 303, 307, 308}:
        return MOVED
    if status == TOO_OFTEN:
        return "{host} is asked too often; it is tried again later"
    return (
        f"{{host}} answers with an error ({status}); it is tried again" if status >= THEIRS else ""
    )


def _last(said: str) -> str:
    """The last line that complains, with no signs that change how it is shown, and not too long."""
    lines = [line for line in said.splitlines() if line.strip()]
    worst = [line for line in lines if line.startswith(("fatal:", "error:", "ERR "))] or lines
    words = re.sub(r"^(?:fatal|error): ", "", worst[-1]) if worst else "it doesn't say why"
    return SIGNS.sub(" ", words).strip()[:LONGEST]
