"""The HTTP API for programs on this machine: it reads, and says everything in JSON."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from bot.errors import BadRequest, BotError, NotFound, explain, withheld
from bot.programs.openapi import description
from bot.programs.programs import Programs
from bot.programs.requests import Ask, Asked, ListAll, LookUp, Read, checked
from bot.serving.loopback import NAMES
from bot.serving.windows import Windows
from index import QuestionError, SeedIndexError

log = logging.getLogger(__name__)

# Seven questions of a thousand characters, each of which may be written with twelve bytes.
MOST_BYTES = 100_000
BODY_SECONDS = 10.0
# When to try again where that isn't known.
RETRY_SECONDS = 5
DESCRIPTION = "/openapi.json"
ALL = 0


class Refusal(Exception):
    """A request that isn't answered; the message says why."""

    def __init__(self, status: HTTPStatus, message: str, **headers: str) -> None:
        """Say so with this status, and headers in whose names `_` stands for a hyphen."""
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Api:
    """Answers requests that have the token and come from no web page."""

    def __init__(self, programs: Programs, token: str, requests_per_minute: int) -> None:
        """Answer so many requests a minute; 0 is no limit."""
        self._programs = programs
        self._token = _digest(token)
        self._windows = Windows(requests_per_minute)

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        app = web.Application(middlewares=[self._middleware()], client_max_size=MOST_BYTES)
        app.router.add_post("/ask", self._posted(Ask, self._programs.ask))
        app.router.add_post("/lookup", self._posted(LookUp, self._programs.look_up))
        app.router.add_get("/source", self._got(Read, self._programs.read))
        app.router.add_get("/sources", self._got(ListAll, self._programs.list_all))
        app.router.add_get(DESCRIPTION, self._describe)
        app.on_response_prepare.append(_harden)
        return app

    def _middleware(self) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Let in who may, and say what goes wrong in JSON."""
            try:
                _refuse_pages(request)
                if request.path != DESCRIPTION:
                    self._admit(request)
                return await handler(request)
            except web.HTTPException as error:
                return _http_error(request, error)
            except Refusal as error:
                return _failed(error.status, str(error), error.headers)
            except Exception as error:  # noqa: BLE001 - `explain` logs what nobody foresaw
                return _explained(error)

        return middleware

    def _admit(self, request: web.Request) -> None:
        """Let in who has the token and doesn't ask too often.

        Raises:
            Refusal: any other.
        """
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        # Of digests, so that how long the comparison takes says nothing of the token's length.
        if scheme.lower() != "bearer" or not hmac.compare_digest(_digest(token), self._token):
            message = "send the token of this API: `Authorization: Bearer …`"
            raise Refusal(HTTPStatus.UNAUTHORIZED, message, WWW_Authenticate="Bearer")
        if self._windows.rate:
            if wait := self._windows.wait(ALL):
                message = f"there were {self._windows.rate} requests within a minute, the most"
                retry = str(int(wait) + 1)
                raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, message, Retry_After=retry)
            self._windows.count(ALL)

    def _posted(
        self, model: type[Asked], answer: Callable[[Asked], Awaitable[Mapping[str, Any]]]
    ) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if request.content_type != "application/json":
                message = "send JSON: `Content-Type: application/json`"
                raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await request.read()
            except TimeoutError:
                message = f"the request didn't come within {BODY_SECONDS:g} seconds"
                raise Refusal(HTTPStatus.REQUEST_TIMEOUT, message) from None
            except web.RequestPayloadError:
                message = "the request isn't packed as it says"
                raise BadRequest(message) from None
            return _json(await answer(checked(model, body)))

        return handle

    def _got(
        self, model: type[Asked], answer: Callable[[Asked], Awaitable[Mapping[str, Any]]]
    ) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            query = dict(request.query)
            if len(query) < len(request.query):
                message = "say each thing once"
                raise BadRequest(message)
            return _json(await answer(checked(model, query)))

        return handle

    async def _describe(self, _request: web.Request) -> web.StreamResponse:
        return _json(description())


def _refuse_pages(request: web.Request) -> None:
    """Refuse what a web page has sent, whether it says so or its name was led here.

    Raises:
        Refusal: it is from one.
    """
    names = request.headers.getall(hdrs.HOST, [])
    if len(names) != 1 or not NAMES.fullmatch(names[0]):
        message = "call this machine by 127.0.0.1 or localhost"
        raise Refusal(HTTPStatus.MISDIRECTED_REQUEST, message)
    origins = request.headers.getall(hdrs.ORIGIN, [])
    if any(origin.lower() != f"http://{names[0]}".lower() for origin in origins):
        message = "web pages get no answer here"
        raise Refusal(HTTPStatus.FORBIDDEN, message)


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell no versions, and keep nothing on the way."""
    response.headers[hdrs.SERVER] = "seedbot"
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def _json(
    value: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    # In ASCII: what a program sent comes back in it, and may be no Unicode.
    body = json.dumps(value).encode() + b"\n"
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _failed(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return _json({"error": message[:1].upper() + message[1:]}, status, headers)


def _explained(error: Exception) -> web.Response:
    """What went wrong, in a sentence without what is the owner's concern alone."""
    message = withheld(explain(error))
    if isinstance(error, (BadRequest, QuestionError)):
        return _failed(HTTPStatus.BAD_REQUEST, message)
    if isinstance(error, NotFound):
        return _failed(HTTPStatus.NOT_FOUND, message)
    if isinstance(error, (BotError, SeedIndexError)):
        retry = {str(hdrs.RETRY_AFTER): str(RETRY_SECONDS)}
        return _failed(HTTPStatus.SERVICE_UNAVAILABLE, message, retry)
    return _failed(HTTPStatus.INTERNAL_SERVER_ERROR, message)


def _http_error(request: web.Request, error: web.HTTPException) -> web.Response:
    """What aiohttp finds wrong by itself."""
    allowed = error.headers.get(hdrs.ALLOW)
    headers = {"Allow": allowed} if allowed else None
    path = request.path[:200]
    messages = {
        HTTPStatus.NOT_FOUND: f"there is no {path!r}; {DESCRIPTION} says what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"ask with {allowed}",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"a request may have {MOST_BYTES:,} bytes",
    }
    status = HTTPStatus(error.status)
    return _failed(status, messages.get(status, status.phrase), headers)
