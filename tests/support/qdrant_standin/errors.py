"""What is answered instead of a result."""

# The engine has no errors of its own.
ENGINES = (Exception, ValueError, TypeError, OverflowError)


class Refused(Exception):
    """A request that isn't done."""

    def __init__(self, status: int, says: str) -> None:
        """Remember the HTTP status and what a server would say."""
        super().__init__(says)
        self.status = status
        self.says = says


def from_engine(error: Exception) -> Refused:
    """Return what a server answers when its engine raises this."""
    says = str(error)
    if type(error) not in ENGINES:
        return Refused(500, f"Service internal error: {error!r}")
    if says.startswith("No point with id"):
        return Refused(404, f"Not found: {says} found")
    return (
        Refused(500, says) if says.startswith("Service") else Refused(400, f"Wrong input: {says}")
    )
