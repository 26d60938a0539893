"""What git says of servers that aren't here becomes one line that says what to do."""

import pytest

from index.fetching.git.complaints import explain

SSH_TAIL = """fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"Host key verification failed.\n{SSH_TAIL}", "by `ssh h.org`"),
        (f"git@h.org: Permission denied (publickey).\n{SSH_TAIL}", "in ~/.ssh of the bot's user"),
        (f"ERROR: Repository not found.\n{SSH_TAIL}", "by which key the bot's user is known"),
        (f"ssh: connect to host h.org port 22: Connection refused\n{SSH_TAIL}", "can't be reached"),
        (
            f"ssh: Could not resolve hostname h.org: Name or service not known\n{SSH_TAIL}",
            "h.org isn't known",
        ),
        ("error: cannot run ssh: No such file or directory\nfatal: unable to fork\n", "install it"),
        (
            "error: file write error: No space left on device\nfatal: invalid index-pack output\n",
            "make room there",
        ),
        ("fatal: detected dubious ownership in repository at '/srv/r.git'\n", "owned by that one"),
        (
            "fatal: unable to access 'https://h.org/': server certificate verification failed.\n",
            "GIT_SSL_CAINFO",
        ),
        ("fatal: unable to access 'x': Could not resolve host: h.org\n", "h.org isn't known"),
        ("fatal: Out of memory, malloc failed (tried to allocate 8589934592 bytes)\n", "memory"),
    ],
)
def test_a_known_complaint_is_told_with_what_to_do(said: str, words: str) -> None:
    told = explain(said, "h.org", "", has_token=False)
    assert words in told
    assert "\n" not in told


def test_an_unknown_complaint_is_told_in_its_last_line_with_no_signs_in_it() -> None:
    said = f"remote: hint\nerror: first\nfatal: \x1b[31m\u202ebad {'x' * 999}\nhint: more\n"
    told = explain(said, "h.org", "", has_token=False)
    assert told.startswith("git can't fetch it: [31m bad xxx")
    assert len(told) < 250
    assert told.isprintable()
    assert explain("", "", "", has_token=False) == "git can't fetch it: it doesn't say why"
