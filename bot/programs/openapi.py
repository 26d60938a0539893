"""The description of the HTTP API, in OpenAPI 3.1: made of the types of what is asked and said."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.programs.forms import Answered, Documents, Failed, Found, Text
from bot.programs.requests import Ask, ListAll, LookUp, Read, Request

OPENAPI = "3.1.1"
# Of this API: the first number changes if what is there changes its meaning.
VERSION = "1.0.0"
SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
Mode = Literal["validation", "serialization"]
ABOUT = (
    "Answers from documents, word for word, each quote with its file, lines and heading. It reads "
    "and changes nothing. Fields may be added; those that are there stay."
)
REFUSED = {
    HTTPStatus.BAD_REQUEST: "What is asked can't be understood, or is no question.",
    HTTPStatus.UNAUTHORIZED: "The token is missing, or is another one.",
    HTTPStatus.FORBIDDEN: "A web page asks.",
    HTTPStatus.NOT_FOUND: "There is nothing of that name that may be read.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Another method is wanted.",
    HTTPStatus.REQUEST_TIMEOUT: "The request came too slowly.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The request is no JSON.",
    HTTPStatus.MISDIRECTED_REQUEST: "This machine is called by another name than its own.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests within a minute.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of its own; the log has it.",
    HTTPStatus.SERVICE_UNAVAILABLE: "It is busy, or there is no index yet.",
}
WITH_RETRY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked: where, with what, and what comes of it."""

    path: str
    summary: str
    asked: type[Request]
    said: Any
    posted: bool = False

    def described(self) -> dict[str, Any]:
        """Return what OpenAPI calls a path item."""
        body = {"application/json": {"schema": _reference(self.said)}}
        told: dict[str, Any] = {
            "operationId": self.path.strip("/"),
            "summary": self.summary,
            "responses": {
                "200": {"description": "What was asked for.", "content": body},
                **{str(status.value): {"$ref": f"{RESPONSES}{status.name}"} for status in REFUSED},
            },
        }
        if self.posted:
            content = {"application/json": {"schema": _reference(self.asked)}}
            return {"post": told | {"requestBody": {"required": True, "content": content}}}
        return {"get": told | {"parameters": list(self._parameters())}}

    def _parameters(self) -> Iterator[dict[str, Any]]:
        schema = self.asked.model_json_schema()
        for name, about in schema["properties"].items():
            rest = {key: value for key, value in about.items() if key != "description"}
            yield {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": about["description"],
                "schema": _without_null(rest),
            }


OPERATIONS = (
    Operation(
        "/ask", "Answer with quotes, or say that the documents don't.", Ask, Answered, posted=True
    ),
    Operation("/lookup", "The passages nearest to some words.", LookUp, Found, posted=True),
    Operation("/source", "A document, or a part of it.", Read, Text),
    Operation("/sources", "The documents, by path.", ListAll, Documents),
)


@cache
def description() -> dict[str, Any]:
    """Return the whole description."""
    said: list[tuple[str, Mode, TypeAdapter[Any]]] = [
        ("said", "serialization", TypeAdapter(form))
        for form in (*(each.said for each in OPERATIONS), Failed)
    ]
    asked: list[tuple[str, Mode, TypeAdapter[Any]]] = [
        ("asked", "validation", TypeAdapter(each.asked)) for each in OPERATIONS if each.posted
    ]
    _, schemas = TypeAdapter.json_schemas([*said, *asked], ref_template=f"{SCHEMAS}{{model}}")
    return {
        "openapi": OPENAPI,
        "info": {"title": "Seedbot", "version": VERSION, "description": ABOUT},
        "security": [{"token": []}],
        "paths": {each.path: each.described() for each in OPERATIONS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {status.name: _refusal(status) for status in REFUSED},
        },
    }


def _refusal(status: HTTPStatus) -> dict[str, Any]:
    retry = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return {
        "description": REFUSED[status],
        "content": {"application/json": {"schema": _reference(Failed)}},
        **({"headers": {"Retry-After": retry}} if status in WITH_RETRY else {}),
    }


def _reference(form: Any) -> dict[str, str]:  # noqa: ANN401 - types of any kind
    return {"$ref": f"{SCHEMAS}{form.__name__}"}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of what is left out of an address where there is none of it."""
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    for choice in schema.get("anyOf", []):
        if choice["type"] != "null":
            rest = {key: value for key, value in rest.items() if key != "default"} | choice
    return rest
