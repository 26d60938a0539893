"""Citations that are made up."""

from index import Citation, Span


def citation(
    number: int,
    quote: str,
    title: str = "",
    headings: tuple[str, ...] = (),
    context: str = "",
) -> Citation:
    """A citation of `quote`."""
    whole = Span(0, len(quote))
    return Citation(
        number=number,
        path="a.txt",
        title=title,
        span=whole,
        lines=(1, 1),
        headings=headings,
        quote=quote,
        bold=quote,
        bold_span=whole,
        passage=whole,
        sha256="0" * 64,
        generation="",
        context=context,
    )
