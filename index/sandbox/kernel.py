"""The calls of Linux that Python has no function for."""

import ctypes
import os
import sys
from functools import cache

# The first arguments of prctl(2).
PR_SET_DUMPABLE, PR_GET_SECCOMP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 21, 22, 38


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: object) -> int:
    """Have the kernel change or tell something of this process; the manual has it in section 2.

    Raises:
        OSError: the kernel refuses, or there is no Linux here.
    """
    return _call("prctl", option, *arguments)


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Raises:
        OSError: the kernel refuses or doesn't know it, or there is no Linux here.
    """
    return _call("syscall", number, *arguments)


def _call(name: str, *arguments: object) -> int:
    if sys.platform != "linux":
        message = "this is no Linux"
        raise OSError(message)
    # The kernel reads whole words; by itself ctypes passes half of one for a number.
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = _library()[name](*words)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
