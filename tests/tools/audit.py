"""Known vulnerabilities of all libraries that the lock file names, and of PyTorch.

    python3 -m venv AUDIT && AUDIT/bin/pip install pip-audit
    AUDIT/bin/python tests/tools/audit.py

Exit code 1: there are some. Exit code 3: of some library, or of all, nothing can be told from here,
as where PyPI is a mirror without its advisories.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VULNERABLE, NOT_AUDITED = 1, 3


def pins() -> Iterable[str]:
    """Yield what is installed, each with its version."""
    lock = (ROOT / ".deploy" / "complete.lock").read_text(encoding="utf-8")
    yield from re.findall(r"^[\w.-]+==\S+", lock, re.MULTILINE)
    yield from re.findall(r'"(torch==.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def verdict(libraries: Iterable[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit code and a text, by what pip-audit reports of each library."""
    libraries = list(libraries)
    bad = [
        f"{each['name']} {each['version']}: {', '.join(one['id'] for one in each['vulns'])}"
        for each in libraries
        if each.get("vulns")
    ]
    if bad:
        return VULNERABLE, "known vulnerabilities: " + "; ".join(bad)
    unknown = [each["name"] for each in libraries if "vulns" not in each]
    if unknown or not libraries:
        which = f"{len(unknown)} of {len(libraries)}" if libraries else "all"
        return NOT_AUDITED, f"NOT AUDITED: the advisories of {which} libraries can't be had here"
    return 0, f"no known vulnerability in {len(libraries)} libraries"


def main() -> None:
    """Audit, print the verdict, and end with its exit code."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
        pinned.write("\n".join(pins()))
        pinned.flush()
        audit = "-m pip_audit --format=json --progress-spinner=off --disable-pip --no-deps -r"
        ran = subprocess.run(  # noqa: S603 - our own list
            [sys.executable, *audit.split(), pinned.name],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    code, text = verdict(json.loads(ran.stdout)["dependencies"] if ran.stdout.strip() else [])
    sys.stdout.write(f"{text}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
