"""How a release is made and where it runs: workflows, their steps, compose file, container.

GitHub is not asked: what can be told from the files is held against each other, and the steps that
are shell are run.
"""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import TOKEN_VARIABLE, BotConfig

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / ".deploy"
WORKFLOWS = {path.stem: path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml")}
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(WORKFLOWS["release"])["jobs"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
BOT: dict[str, Any] = COMPOSE["services"]["bot"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
CONFIG = BotConfig.model_validate(tomllib.loads((DEPLOY / "container.toml").read_text()))
# Which job may do more than read, and what.
WRITES = {
    "image": {"packages"},
    "attest": {"artifact-metadata", "attestations", "id-token", "packages"},
    "publish-wheel": {"id-token"},
    "publish-image": {"packages"},
    "release": {"contents"},
}


def steps(jobs: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every step of some jobs."""
    for job in jobs.values():
        yield from job.get("steps", ())


def before(name: str) -> set[str]:
    """The jobs that must have succeeded before one starts."""
    needs = JOBS[name].get("needs", [])
    named = {needs} if isinstance(needs, str) else set(needs)
    return named.union(*map(before, named))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_may_do_what_it_is_for_and_nothing_else(name: str) -> None:
    workflow = yaml.safe_load(WORKFLOWS[name])
    assert workflow["permissions"] == {}
    for job, content in workflow["jobs"].items():
        written = {scope for scope, to in content["permissions"].items() if to != "read"}
        assert written == WRITES.get(job, set()), job


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_others_wrote_is_pinned_by_commit_with_its_version(name: str) -> None:
    used = re.findall(r"uses: (.+)", WORKFLOWS[name])
    assert used
    for action in used:
        assert re.fullmatch(
            r"\./\.github/workflows/tests\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action
        )


def test_an_action_has_one_version_everywhere() -> None:
    used = set(re.findall(r"uses: ([\w/-]+)@(.+)", "".join(WORKFLOWS.values())))
    assert len(used) == len({action for action, _ in used})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_command_is_put_together_from_a_tag_and_no_secret_is_kept(name: str) -> None:
    jobs = yaml.safe_load(WORKFLOWS[name])["jobs"]
    for step in steps(jobs):
        assert "${{" not in step.get("run", "")
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
    assert set(re.findall(r"secrets\.(\w+)", WORKFLOWS[name])) <= {"GITHUB_TOKEN"}


@pytest.mark.parametrize("name", ["publish-wheel", "publish-image", "release"])
def test_nothing_is_published_that_was_not_tested_tried_and_attested(name: str) -> None:
    assert {"tests", "build", "try-wheel", "try-image", "attest"} <= before(name)


def test_the_image_is_for_both_processors_and_tried_on_both() -> None:
    built = next(step for step in steps(JOBS) if step.get("id") == "image")["with"]
    assert built["platforms"].split(",") == ["linux/amd64", "linux/arm64"]
    assert built["sbom"]
    assert "push-by-digest=true" in built["outputs"]
    assert "tags" not in built
    assert JOBS["try-image"]["strategy"]["matrix"]["runner"] == ["ubuntu-24.04", "ubuntu-24.04-arm"]


def test_every_step_of_the_workflow_is_one_that_the_script_has() -> None:
    said = subprocess.run([ROOT / ".ci" / "release"], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.returncode == 1
    known = set(re.findall(r"\.ci/release ([\w-]+)", said.stderr))
    asked = {
        each for step in steps(JOBS) for each in re.findall(r"\.ci/release ([\w-]+)", str(step))
    }
    assert known == asked


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of version 1.2.3 with a changelog and the script."""
    for folder in (".ci", ".github", "seeds"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / ".ci" / "release", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    (tmp_path / ".github" / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\nComing.\n\n## 1.2.3 – 2026-11-27\n\n**New.**\n\n"
        "### Fixes\n\n- One.\n\n## 1.2.30 – 2026-11-26\n\nAnother.\n"
    )
    return tmp_path


def release(project: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a step in a project; return its exit code and what it said."""
    done = subprocess.run(  # noqa: S603 - our own script
        [project / ".ci" / "release", *arguments],
        env={"PATH": f"{project}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_tag_that_fits_is_released_with_its_section_of_the_changelog(project: Path) -> None:
    assert release(project, "check", "v1.2.3") == (0, "", "")
    assert release(project, "notes") == (0, "**New.**\n\n### Fixes\n\n- One.\n", "")


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2.3.post1", "v1x2x3", "v1.2.3 ", ""])
def test_a_tag_that_is_not_the_version_is_refused(project: Path, tag: str) -> None:
    code, _, said = release(project, "check", tag)
    assert code == 1
    assert said == (
        f"the tag is {tag}, and pyproject.toml has version 1.2.3: tag v1.2.3 or change it\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## 1.2.3 – 2026-11-27", "## 1.2.2 – 2026-11-27", "says nothing of 1.2.3"),
        ("**New.**\n\n### Fixes\n\n- One.\n", "\n", "says nothing of 1.2.3"),
        ("## 1.2.3 – 2026-11-27", "## 1.2.3", "has no date behind 1.2.3"),
        ("## 1.2.3 – 2026-11-27", "## 1.2.3 – soon", "has no date behind 1.2.3"),
    ],
)
def test_a_changelog_without_the_version_or_its_date_is_refused(
    project: Path, old: str, new: str, said: str
) -> None:
    changelog = project / ".github" / "CHANGELOG.md"
    text = changelog.read_text()
    assert old in text
    changelog.write_text(text.replace(old, new))
    code, _, error = release(project, "check", "v1.2.3")
    assert code == 1
    assert said in error


def test_a_version_is_no_number(project: Path) -> None:
    for name in ("pyproject.toml", ".github/CHANGELOG.md"):
        text = (project / name).read_text()
        (project / name).write_text(text.replace("1.2.30", "1.1").replace("1.2.3", "1.10"))
    assert release(project, "notes")[1].startswith("**New.**")
    changelog = project / ".github" / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("## 1.10", "## 1.9"))
    assert release(project, "check", "v1.10")[0] == 1


@pytest.mark.parametrize(("name", "code"), [("Andrew Haigh", 0), ("somebody", 1)])
def test_an_image_that_answers_otherwise_is_no_release(project: Path, name: str, code: int) -> None:
    docker = project / "docker"
    docker.write_text(f'#!/bin/sh\necho "$*"\necho "It was directed by {name}."\n')
    docker.chmod(0o755)
    found, said, _ = release(project, "try-image", "image@sha256:1")
    assert found == code
    assert "--read-only --tmpfs /tmp --cap-drop=ALL" in said
    assert "image@sha256:1 ask Who directed" in said


def test_this_version_has_notes() -> None:
    code, said, _ = release(ROOT, "notes")
    assert code == 0
    assert not re.search("^## ", said, re.MULTILINE)


def test_the_container_can_write_to_its_volumes_alone_and_is_nobody_special() -> None:
    assert BOT["read_only"]
    assert BOT["cap_drop"] == ["ALL"]
    assert BOT["security_opt"] == ["no-new-privileges:true"]
    assert not {"ports", "privileged", "user"} & set(BOT)
    assert BOT["deploy"]["resources"]["limits"]["memory"]
    assert BOT["restart"] == "unless-stopped"
    assert re.findall(r"^USER (\w+)$", CONTAINERFILE, re.MULTILINE) == ["seedbot"]


def test_what_is_kept_is_mounted_and_the_config_can_only_be_read() -> None:
    mounts = dict(volume.rsplit(":/data/", 1) for volume in BOT["volumes"])
    places = {place.partition(":")[0]: source for source, place in mounts.items()}
    assert set(COMPOSE["volumes"]) == {places["index"], places["records"]}
    for kept in (CONFIG.index.seeds, CONFIG.index.store, CONFIG.records.file):
        assert Path(kept).parts[0] in places
    (config,) = (place for place in mounts.values() if place.startswith("config.toml"))
    assert "ro" in config.split(":")[1].split(",")
    for source in re.findall(r":-(\.[^}]+)\}", " ".join(mounts)):
        assert (DEPLOY / source).exists()


def test_the_token_comes_from_a_file_that_git_ignores() -> None:
    assert "environment" not in BOT
    assert TOKEN_VARIABLE not in json.dumps(BOT)
    assert f"/.deploy/{BOT['env_file']}" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_image_is_a_version_or_built_here() -> None:
    assert BOT["image"] == "${SEEDBOT_IMAGE:-seedbot:local}"
    context = DEPLOY / BOT["build"]["context"]
    assert context.resolve() == ROOT
    assert (context / BOT["build"]["dockerfile"]).is_file()


def test_health_is_asked_where_the_config_has_it_and_in_the_same_way_by_both() -> None:
    how, *command = BOT["healthcheck"]["test"]
    assert how == "CMD"
    assert f"http://127.0.0.1:{CONFIG.service.metrics_port}/health" in command[-1]
    asked = re.search(r"HEALTHCHECK (.*) \\\n    CMD (.*)", CONTAINERFILE)
    assert asked
    assert json.loads(asked[2]) == command
    times = {f"--{key.replace('_', '-')}={value}" for key, value in BOT["healthcheck"].items()}
    assert set(asked[1].split()) <= times


def test_the_bot_has_the_time_to_end_that_its_config_says() -> None:
    assert CONFIG.service.shutdown_seconds + 5 < int(BOT["stop_grace_period"].removesuffix("s"))


def test_container_lock_files_and_workflows_have_the_python_that_the_project_names() -> None:
    version = PROJECT["requires-python"].removeprefix(">=")
    assert set(re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)) == {
        f"python:{version}-slim"
    }
    assert f"--python-version {version} " in (ROOT / ".ci" / "lock").read_text()
    for workflow in WORKFLOWS.values():
        named = set(re.findall(r'python-version: "(.+)"', workflow))
        assert named == {version}
    assert version in JOBS["try-wheel"]["strategy"]["matrix"]["python"]


def test_the_container_has_the_locked_libraries_or_none() -> None:
    (locked,) = re.findall(r"\nRUN pip install --require-hashes .* -r (\S+)\n", CONTAINERFILE)
    assert locked == "complete.lock"
    assert f" .deploy/{locked} " in CONTAINERFILE
    assert "PIP_NO_DEPS=1" in CONTAINERFILE


def test_the_container_brings_the_git_that_sources_are_fetched_with() -> None:
    assert re.search(r"apt-get install .* git ", CONTAINERFILE.rpartition("FROM ")[2])
