"""What is answered instead of a result."""


class Refused(Exception):
    """A request that isn't done."""

    def __init__(self, status: int, says: str) -> None:
        """Remember the HTTP status and what a server would say."""
        super().__init__(says)
        self.status = status
        self.says = says


def from_engine(error: Exception) -> Refused:
    """Return what a server answers when its engine says this."""
    says = str(error)
    if says.startswith("No point with id"):
        return Refused(404, f"Not found: {says} found")
    return Refused(500 if says.startswith("Service") else 400, f"Wrong input: {says}")
