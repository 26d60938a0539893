"""Words of a list, written as one string."""


def listed(text: str, gap: str | None = None) -> tuple[str, ...]:
    """Return what stands between white space, or between `gap`."""
    return tuple(text.split(gap))
