"""The licences of all libraries that an installation has, from what they state themselves.

    .venv/bin/python -m tests.tools.licences > .github/docs/licences.md

A licence that isn't among those allowed below ends it with the library's name and exit code 1; a
test does the same, and fails for a library that isn't in the list.
"""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
# Whoever uses the bot may do with it what its own licence, MIT, says. MPL binds changes to the
# library's own files alone.
ALLOWED = {
    "0bsd", "2-clause bsd", "3-clause bsd", "apache", "apache 2.0", "bsd", "bsd 2-clause",
    "bsd 3-clause", "bsl-1.0", "cc0-1.0", "cnri-python", "isc", "llvm-exception", "mit", "mit-0",
    "mit-cmu", "mozilla public 2.0", "mpl-2.0", "psf-2.0", "python foundation", "zlib",
}  # fmt: skip
# Read by hand, with what they state beside others.
READ = {
    "docutils": ("public domain", "gnu general public"),  # the latter for a file for Emacs
    "pypdfium2": ("dependency licenses",),  # PDFium's: BSD, Apache and the like
}
# With these PyTorch computes on graphics cards, which the bot never does.
CARDS = ("nvidia-", "cuda-", "triton")
HEAD = """\
# Licences

What a complete installation has, tests and tools included, and what each library states of its
licence. `python -m tests.tools.licences` writes this list; a test fails for a library that isn't in
it, or whose licence is unknown or not allowed. PyTorch for graphics cards brings libraries of
NVIDIA, under NVIDIA's terms; the bot needs none of them, and PyTorch's index for processors alone
(`https://download.pytorch.org/whl/cpu`) leaves them out.

| library | licence |
| --- | --- |"""


def installed() -> dict[str, metadata.Distribution]:
    """Return all that the project needs, directly or not, by name."""
    found: dict[str, metadata.Distribution] = {}
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    own, *others = extras["dev"]  # the first names the project's other extras
    waiting = [*project["dependencies"], *others]
    waiting += [line for extra in sorted(Requirement(own).extras) for line in extras[extra]]
    seen = set(waiting)
    for needed in map(Requirement, waiting):
        name = canonicalize_name(needed.name)
        if name.startswith(CARDS):
            continue
        found[name] = metadata.distribution(name)
        for line in found[name].requires or ():
            marker = Requirement(line).marker
            wanted = any(
                marker is None or marker.evaluate({"extra": extra})
                for extra in ("", *needed.extras)
            )
            if wanted and line not in seen:
                seen.add(line)
                waiting.append(line)
    return dict(sorted(found.items()))


def stated(library: metadata.Distribution) -> list[str]:
    """Return the licences that a library states, each by itself."""

    def field(name: str) -> list[str]:
        return library.metadata.get_all(name) or []

    if text := "".join(field("License-Expression")):
        text = re.sub("[()]", "", text)
    else:
        classes = [each for each in field("Classifier") if each.startswith("License ::")]
        text = ", ".join(each.split(" :: ")[-1] for each in classes)
        text = text or "".join(field("License")).strip().split("\n")[0]
    licences = (each.strip() for each in re.split(",| AND | OR | WITH ", text))
    return list(dict.fromkeys(filter(None, licences)))


def refused(name: str, licences: list[str]) -> list[str]:
    """Return what of a library's licences is not allowed; that there is none, where it is so."""
    allowed = {*ALLOWED, *READ.get(name, ())}
    return [each for each in licences or ["none"] if plain(each) not in allowed]


def plain(licence: str) -> str:
    """Return a licence's name without what names differ in."""
    rest = re.sub(r"\(.*?\)|\b(license|software|the)\b", " ", licence.lower())
    return " ".join(re.sub(r"^(apache|bsd)-(?=\d)", r"\1 ", rest.strip()).split())


def main() -> None:
    """Print the list."""
    sys.stdout.write(f"{HEAD}\n")
    for name, library in installed().items():
        licences = stated(library)
        if bad := refused(name, licences):
            sys.exit(f"{name}: {', '.join(bad)}: a licence that is not allowed, or not known")
        sys.stdout.write(f"| {name} | {', '.join(licences)} |\n")


if __name__ == "__main__":
    main()
