"""A process hides what it holds from the others, and gives up what it needs no more."""

import contextlib
import resource
import sys
from pathlib import Path

from index.sandbox import landlock, seccomp
from index.sandbox.kernel import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, prctl

PACKAGE = Path(__file__).parents[1]
# Where a system keeps what libraries are made of; those that come with Python are in its path.
SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache",
)  # fmt: skip
# It opens a document and some libraries; it writes no file, and is one process with one thread.
MOST = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 64,
    resource.RLIMIT_NPROC: 0,
}
NO_LANDLOCK = (
    "there is no Landlock here (Linux 5.13 and later can have it), so nothing but the rights of "
    "its user keeps the process that reads documents from other files"
)
NO_FILTER = (
    "no system calls are filtered here, so nothing keeps the process that reads documents from "
    "the network and from ending other processes of its user"
)


def hide() -> None:
    """Let no other process of the same user read the memory and the environment of this one.

    Its environment as it was started with stays readable in /proc otherwise, whatever is deleted
    of it. No core is dumped either, for what was in memory would be in it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def confine(documents: Path) -> None:
    """Leave this process nothing but to read `documents` and the libraries, as far as can be.

    What the kernel doesn't have is done without, as `lacking` tells; what it has and refuses is an
    error, so that nothing is read.

    Raises:
        OSError: the kernel refuses.
    """
    hide()
    for kind, most in MOST.items():
        hard = resource.getrlimit(kind)[1]
        low = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (low, low))
    if sys.platform != "linux":
        return
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if landlock.version():
        landlock.restrict([documents, *libraries()])
    if seccomp.possible():
        seccomp.restrict()


def libraries() -> list[Path]:
    """Return where modules, and what they are made of, may have to be loaded from."""
    # The current folder is in the path where PYTHONPATH has an empty entry. There, and in a copy of
    # the repository, lies more than modules: settings, an index, records.
    aside = {Path.cwd(), Path("/")}
    if (PACKAGE.parent / "pyproject.toml").is_file():
        aside.add(PACKAGE.parent.resolve())
    places = [place for place in map(Path, sys.path) if place.resolve() not in aside]
    places += [Path(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)]
    return [PACKAGE, *places, *map(Path, SYSTEM)]


def lacking() -> list[str]:
    """Say from what a process that reads documents can't be kept on this system."""
    lacks = {NO_LANDLOCK: not landlock.version(), NO_FILTER: not seccomp.possible()}
    return [message for message, lacks_it in lacks.items() if lacks_it]
