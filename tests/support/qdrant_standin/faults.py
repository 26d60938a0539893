"""What the stand-in does instead of what it should."""

import asyncio
import os
import re
import signal
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(BaseModel, extra="forbid"):
    """One fault; the first that fits a request is what it meets."""

    only: str = ""
    """A pattern found in `PUT http://127.0.0.1:PORT/collections/x/points`, or every request."""
    after: int = 0
    """How many requests that fit go well before."""
    times: int | None = None
    """How many requests meet it; None is all."""

    slow: float = 0
    """Seconds before anything is done."""
    drop: bool = False
    """Close the connection with nothing done."""
    die: bool = False
    """Die by kill -9 once it is done, with nothing answered."""
    refuse: int = 0
    """An HTTP status, with nothing done."""
    says: str = "refused"
    """What is said with it."""
    half: bool = False
    """Do it, and answer the first half."""
    behind: bool = False
    """Answer as a replica that has had no update since such a fault was first set."""

    def fits(self, request: web.Request) -> bool:
        """Whether this request meets it; counts."""
        _, port = request.transport.get_extra_info("sockname") if request.transport else ("", 0)
        line = f"{request.method} http://127.0.0.1:{port}{request.path}"
        if self.times == 0 or not re.search(self.only, line):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request meet it."""
        await asyncio.sleep(self.slow)
        if self.drop and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if self.refuse:
            says = {"status": {"error": self.says}, "time": 0.0}
            return web.json_response(says, status=self.refuse)
        answer = await handler(request)
        if self.die:
            os.kill(os.getpid(), signal.SIGKILL)
        return await _half(request, answer) if self.half else answer


async def _half(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    assert isinstance(whole, web.Response)
    body = whole.body
    assert isinstance(body, bytes)
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(body)
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return answer
