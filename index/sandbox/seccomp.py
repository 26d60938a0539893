"""A filter of system calls: from here on, this process has no network and reaches no other.

Landlock keeps it from files, and of the network knows TCP alone; this is the rest. A call that is
filtered fails with EPERM (https://docs.kernel.org/userspace-api/seccomp_filter.html).
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Mapping

from index.sandbox.kernel import PR_GET_SECCOMP, PR_SET_SECCOMP, prctl

FILTER = 2
# Where a filter finds the number of a call, its machine, and the low half of its first argument.
NUMBER, MACHINE, FIRST = 0, 4, 16
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# From here on, x86-64 has the same calls again, for programs with short pointers.
AGAIN = 0x40000000
# Numbers from the kernel's tables, for x86-64 and for arm64.
REFUSED = {
    # The network, other programs' sockets, and the queue that gets at both unfiltered.
    "socket": (41, 198),
    "io_uring_setup": (425, 425),
    # Other processes: their memory, and signals.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    # Another program in place of this one.
    "execve": (59, 221),
    "execveat": (322, 281),
    # Rights to files, which Landlock leaves alone.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    # Spaces of its own, where it would be root, and the kernel's larger doors.
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
}
# What it may do to itself alone.
ITSELF = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def possible() -> bool:
    """Whether the kernel filters calls, and their numbers are known for this machine."""
    try:
        prctl(PR_GET_SECCOMP, 0, 0, 0, 0)
    except OSError:
        return False
    return platform.machine() in MACHINES


def restrict() -> None:
    """Filter the calls of this process, which must have given up new privileges before.

    Raises:
        OSError: the kernel has no filter.
    """
    program = _program(platform.machine(), os.getpid())
    length = len(program) // struct.calcsize("HBBI")
    prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(_Program(length, program)), 0, 0)


def _program(machine: str, process: int) -> bytes:
    """Return the instructions for the calls of a machine, made by the process of this number."""
    column = list(MACHINES).index(machine)
    refused = [numbers[column] for numbers in REFUSED.values()]
    itself = {name: numbers[column] for name, numbers in ITSELF.items()}
    return b"".join(
        (
            _instruction(LOAD, MACHINE),
            _instruction(JUMP_IF_EQUAL, MACHINES[machine], over=1),
            _instruction(RETURN, REFUSE),
            _instruction(LOAD, NUMBER),
            _refuse(AGAIN, JUMP_IF_AT_LEAST),
            *(_refuse(number) for number in refused if number is not None),
            _for_itself(itself, process),
            _instruction(RETURN, ALLOW),
        )
    )


def _instruction(code: int, value: int, *, over: int = 0, otherwise: int = 0) -> bytes:
    """`struct sock_filter`: if its test holds, `over` instructions are passed over."""
    return struct.pack("HBBI", code, over, otherwise, value)


def _refuse(number: int, test: int = JUMP_IF_EQUAL) -> bytes:
    return _instruction(test, number, otherwise=1) + _instruction(RETURN, REFUSE)


def _for_itself(numbers: Mapping[str, int], process: int) -> bytes:
    """Refuse some calls unless their first argument is this process, by its number."""
    parts = []
    for name, number in numbers.items():
        # Of limits, 0 is one's own; of signals, it is all processes that were started together.
        own = 0 if name == "prlimit64" else process
        parts += [
            _instruction(JUMP_IF_EQUAL, number, otherwise=4),
            _instruction(LOAD, FIRST),
            _instruction(JUMP_IF_EQUAL, own, otherwise=1),
            _instruction(RETURN, ALLOW),
            _instruction(RETURN, REFUSE),
        ]
    return b"".join(parts)
