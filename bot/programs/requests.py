"""What programs may ask, checked."""

from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.errors import BadRequest
from index import MAX_QUESTION_CHARS

# A question goes on with the last few alone.
MOST_EARLIER = 6
MOST_PASSAGES = 25
MOST_DOCUMENTS = 1000
MOST_CHARS = 200_000
MOST_NAME_CHARS = 4096

Words = Annotated[str, Field(max_length=MAX_QUESTION_CHARS)]
Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME_CHARS)]
Number = Annotated[int, Field(ge=0, lt=2**53)]


class Request(BaseModel):
    """What a program sends; numbers may be written as strings, as in an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(Request):
    """A question."""

    question: Words = Field(description="The question, in whole words.")
    earlier: list[Words] = Field(
        default=[],
        max_length=MOST_EARLIER,
        description="Questions before it in the same conversation, oldest first, where it goes on "
        "with them.",
    )


class LookUp(Request):
    """Some words."""

    query: Words = Field(description="What to look for.")
    count: int = Field(default=5, ge=1, le=MOST_PASSAGES, description="How many passages.")
    path: Name | None = Field(default=None, description="Look in this document alone.")


class Read(Request):
    """A document, or a part of it: by a heading, by lines, or by characters."""

    path: Name = Field(description="The document, as citations and the list of documents name it.")
    heading: Name | None = Field(
        default=None, description="The part below this heading, with what is below that."
    )
    first: int | None = Field(
        default=None, ge=1, lt=2**53, description="The first line of the text, from 1."
    )
    last: int | None = Field(
        default=None, ge=1, lt=2**53, description="The last line of the text, included."
    )
    start: Number | None = Field(default=None, description="The first character, from 0.")
    end: Number | None = Field(default=None, description="The character after the last one.")
    most: int = Field(
        default=20_000,
        ge=1,
        le=MOST_CHARS,
        description="The most characters; what doesn't fit is named as `rest`.",
    )

    @model_validator(mode="after")
    def _names_one_part(self) -> Self:
        lines = self.first is not None or self.last is not None
        chars = self.start is not None or self.end is not None
        if (self.heading is not None) + lines + chars > 1:
            message = "name a part by `heading`, by `first` and `last`, or by `start` and `end`"
            raise ValueError(message)
        return self


class ListAll(Request):
    """A part of the list of documents."""

    start: Number = Field(default=0, description="How many to leave out at the beginning.")
    count: int = Field(default=100, ge=1, le=MOST_DOCUMENTS, description="How many at the most.")


Asked = TypeVar("Asked", bound=Request)


def checked(model: type[Asked], given: dict[str, Any] | bytes) -> Asked:
    """Check what a program sends: the body of a request, or what is in it.

    Raises:
        BadRequest: says what is wrong with the first thing that is.
    """
    try:
        if isinstance(given, bytes):
            return model.model_validate_json(given)
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        names = ", ".join(f"`{name}`" for name in model.model_fields)
        key = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "json_invalid":
            message = "the request is no JSON"
        elif first["type"] == "extra_forbidden":
            message = f"there is no `{key[:80]}` here, but {names}"
        elif first["type"] == "missing":
            message = f"`{key}` is missing"
        elif key:
            message = f"`{key}`: {said[:1].lower()}{said[1:]}"
        else:
            message = said
        raise BadRequest(message) from None
