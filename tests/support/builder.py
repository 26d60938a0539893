"""Builds in the process of the test, with the model that it has loaded already."""

from dataclasses import dataclass

from index import BuildReport, IndexSettings, Progress
from index.build.build import build
from index.domain import Embedder


@dataclass(frozen=True)
class Builder:
    """Stands in for the process of its own in which the bot builds."""

    embedder: Embedder

    def __call__(
        self, settings: IndexSettings, progress: Progress, *, everything: bool = False
    ) -> BuildReport:
        """Build."""
        return build(settings, progress, lambda _settings: self.embedder, everything=everything)

    def stop(self) -> None:
        """Nothing to end."""
