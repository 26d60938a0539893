"""From the start of a process to a printed answer, ours and that of a script such as many write.

    PYTHONPATH=. python tests/tools/bench/cold_start.py SQUAD.json [RUNS]

The rival loads sentence-transformers, embeds the question and searches a FAISS index of the same
paragraphs, made before. Each run is a process of its own, which answers one question from standard
input and waits for the next; its memory is looked up then.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

from index.build.build import build
from index.evaluation.files import read_sets
from index.front import silent
from index.model.revision import bundled_folder
from index.settings import IndexSettings

ROOT = Path(__file__).parents[3]
QUESTION = "In what country is Normandy located?\n"
MEGABYTE = 1000
RIVAL = """
import json, sys
import faiss
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
index = faiss.read_index("rival.faiss")
texts = json.load(open("rival.json"))
for line in sys.stdin:
    vector = model.encode([line], normalize_embeddings=True, show_progress_bar=False)
    print(json.dumps([texts[number] for number in index.search(vector, 3)[1][0]]), flush=True)
"""


def answered(command: list[str], folder: Path) -> list[float]:
    """Run to the first answer; return its seconds, and the peak and the rest in megabytes."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(QUESTION)
        process.stdin.flush()
        if not process.stdout.readline().strip():
            raise EOFError
        seconds = time.perf_counter() - started
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        process.stdin.close()
    return [seconds, int(sizes["VmHWM"]) / MEGABYTE, int(sizes["VmRSS"]) / MEGABYTE]


def main(squad: Path, runs: int) -> None:
    """Index the paragraphs twice, then start each program again and again, in turns."""
    articles = read_sets((squad,)).articles
    texts = [text for each in articles.values() for text in each.paragraphs]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        for path, article in articles.items():
            (folder / "seeds" / path).write_text(article.text)
        settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / ".index"))
        sys.stdout.write(f"{build(settings, silent).summary}\n")
        model = str(bundled_folder())
        vectors = SentenceTransformer(model, device="cpu").encode(texts, normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "rival.faiss"))
        (folder / "rival.json").write_text(json.dumps(texts))
        commands = {
            "Seedbot": [sys.executable, "-m", "bot", "ask", "--json", "-"],
            "sentence-transformers, FAISS": [sys.executable, "-c", RIVAL, model],
        }
        measured: dict[str, list[list[float]]] = {each: [] for each in commands}
        for _ in range(runs):
            for each, command in commands.items():
                measured[each].append(answered(command, folder))
    for each, found in measured.items():
        seconds, peak, rest = map(statistics.median, zip(*found, strict=True))
        sys.stdout.write(
            f"{each:30} {seconds:5.2f} s, peak {peak:4.0f} MB, at rest {rest:4.0f} MB\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
