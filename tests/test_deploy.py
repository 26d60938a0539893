"""What is installed and how it is run: lock files, licences, the systemd unit, the container."""

import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tools import audit, licences

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / ".deploy"
UNIT = DEPLOY / "seedbot.service"
ENTRY = re.compile(
    r"^([\w.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    """The versions in a lock file, each of which has a hash."""
    text = (DEPLOY / f"{name}.lock").read_text()
    entries = {library: version for library, version, _ in ENTRY.findall(text)}
    assert len(entries) == len(re.findall(r"^[^#\s]", text, re.MULTILINE))
    return entries


def needed(name: str) -> list[str]:
    """What must be in a lock file."""
    builder: list[str] = PROJECT["build-system"]["requires"]
    if name != "complete":
        return [*builder, *(DEPLOY / f"{name}.txt").read_text().splitlines()[1:]]
    everything: list[str] = [*PROJECT["project"]["dependencies"]]
    for extra in ("mcp", "qdrant", "stats", "web"):
        everything += PROJECT["project"]["optional-dependencies"][extra]
    return [*builder, *(line for line in everything if not line.startswith("torch=="))]


@pytest.mark.parametrize("name", ["serving", "complete", "release"])
def test_a_lock_file_has_a_version_that_fits_of_all_that_is_needed(name: str) -> None:
    versions = locked(name)
    for line in needed(name):
        requirement = Requirement(line)
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{line}: not in {name}.lock; run .ci/lock"
        assert version in requirement.specifier, f"{line}: {version} is locked; run .ci/lock"


@pytest.mark.parametrize("name", ["serving", "complete"])
def test_a_lock_file_has_what_its_libraries_need_in_turn(name: str) -> None:
    versions = locked(name)
    installed = licences.installed()
    same = [
        name
        for name, version in versions.items()
        if name in installed and installed[name].version == version
    ]
    assert same
    for library in same:
        for requirement in map(Requirement, installed[library].requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                other = canonicalize_name(requirement.name)
                assert other in {*versions, "torch"}, f"{library} needs {requirement}"


def test_what_only_answers_has_the_versions_of_what_builds() -> None:
    assert locked("serving").items() <= locked("complete").items()


def test_the_container_has_the_pytorch_that_the_project_names() -> None:
    pinned = next(line for line in PROJECT["project"]["dependencies"] if line.startswith("torch="))
    assert f" {pinned}\n" in (DEPLOY / "Containerfile").read_text()


def test_every_library_has_a_licence_that_is_allowed_and_is_listed() -> None:
    lines = (ROOT / ".github" / "docs" / "licences.md").read_text().splitlines()
    listed = {line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")}
    for name, library in licences.installed().items():
        assert licences.refused(name, licences.stated(library)) == []
        assert name in listed, f"{name}: run `python -m tests.tools.licences`"


@pytest.mark.parametrize(
    ("about", "refused"),
    [
        ("License-Expression: MIT OR (Apache-2.0 AND 0BSD)", []),
        ("Classifier: License :: OSI Approved :: BSD License", []),
        ("License: 3-Clause BSD License\n  and all of its text", []),
        ("License-Expression: MIT AND AGPL-3.0-only", ["AGPL-3.0-only"]),
        ("Classifier: License :: OSI Approved :: GNU General Public License (GPL)", None),
        ("License: public domain, as all that is found", None),
        ("Classifier: License :: Other/Proprietary License", None),
        ("License: LGPL with the MIT License", None),
        ("Summary: it says nothing", ["none"]),
    ],
)
def test_a_licence_that_is_not_allowed_or_not_known_is_refused(
    tmp_path: Path, about: str, refused: list[str] | None
) -> None:
    (tmp_path / "METADATA").write_text(f"Name: one\nVersion: 1\n{about}\n")
    found = licences.refused("one", licences.stated(metadata.PathDistribution(tmp_path)))
    assert found if refused is None else found == refused


@pytest.mark.parametrize(
    ("libraries", "code", "text"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "no known vulnerability in 1 libraries"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}], 1, "a 1: PYSEC-1"),
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b"}], 3, "NOT AUDITED.* 1 of 2"),
        ([], 3, "NOT AUDITED.* all"),
    ],
)
def test_an_audit_that_could_ask_nobody_is_no_good_news(
    libraries: list[dict[str, object]], code: int, text: str
) -> None:
    found, said = audit.verdict(libraries)
    assert found == code
    assert re.search(text, said)


def test_an_audit_asks_about_all_that_is_installed_and_pytorch() -> None:
    names = {pin.partition("==")[0] for pin in audit.pins()}
    assert names == {*locked("complete"), "torch"}


def test_the_unit_lets_the_reader_be_shut_in_and_refuses_other_calls_without_killing() -> None:
    lines = UNIT.read_text().splitlines()
    allowed = " ".join(line for line in lines if line.startswith("SystemCallFilter="))
    assert {f"landlock_{call}" for call in ("create_ruleset", "add_rule", "restrict_self")} <= set(
        re.split("[= ]", allowed)
    )
    assert "SystemCallErrorNumber=EPERM" in lines


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_finds_little_that_the_unit_leaves_open(tmp_path: Path) -> None:
    unit = shutil.copy(UNIT, tmp_path)
    rated = subprocess.run(  # noqa: S603 - our own unit
        ["systemd-analyze", "security", "--offline=true", unit],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", rated.stdout)
    assert found, rated.stderr
    assert float(found[1]) <= 1.5
