"""A port of this machine that nothing but this machine reaches."""

import re
import socket

from bot.errors import NotNow, StartError

HOST = "127.0.0.1"
# What a request may call this machine: a page elsewhere, whose name leads here, is told nothing.
NAMES = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)


def listen(port: int, called: str) -> socket.socket:
    """Take a port, or any that is free if it is 0; `called` is where it is set.

    Raises:
        StartError: it may not be had, or (NotNow) not at the moment.
    """
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        message = (
            f"port {port} ({called}) can't be used: {error.strerror}; end what uses it, or set "
            "another one"
        )
        kind = StartError if isinstance(error, PermissionError) else NotNow
        raise kind(message) from None
