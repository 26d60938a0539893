"""Landlock: from here on, this process opens some files to read them, and no others.

https://docs.kernel.org/userspace-api/landlock.html; Linux 5.13 and later have it.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from index.sandbox.kernel import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every machine
VERSION_FLAG, PATH_BENEATH = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
# How many kinds of access to files the versions know: all are forbidden but what a rule allows.
ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15}
MOST_ACCESSES = 16


class _Rule(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return which version of Landlock the kernel has; 0 for none."""
    try:
        return syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: Iterable[Path]) -> None:
    """Let this process open what lies at or below some paths, to read, and nothing else.

    It must have given up new privileges before.

    Raises:
        OSError: the kernel has no Landlock.
    """
    handled = ctypes.c_uint64((1 << ACCESSES.get(version(), MOST_ACCESSES)) - 1)
    rules = syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    try:
        for path in readable:
            _allow(rules, path)
        syscall(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what isn't there needs no rule
    try:
        allowed = READ_FILE | (READ_DIR if path.is_dir() else 0)
        syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(_Rule(allowed, place)), 0)
    finally:
        os.close(place)
