"""Write the documents of an invented firm, and the truth about them.

    python examples/make_corpus.py OUT_DIR [--seed N] [--truth FILE]

The same seed gives the same files; another seed gives other people, numbers and answers.
"""

import argparse
import json
import sys
from pathlib import Path

from firm import DEPARTMENTS
from firm.corpus import Corpus
from firm.world import draw_world
from rich.console import Console
from rich.progress import track


def make_corpus(out: Path, truth: Path, *, seed: int) -> None:
    """Write every document under `out` and the truth file."""
    corpus = Corpus(draw_world(seed))
    for department in DEPARTMENTS:
        department(corpus)
    paths = corpus.write(out)
    quiet = not sys.stderr.isatty()
    console = Console(stderr=True)
    total = len(corpus.drafts)
    for _ in track(paths, "Writing", total=total, console=console, disable=quiet):
        pass
    truth.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(corpus.truth(), ensure_ascii=False, indent=1)
    truth.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--truth", type=Path, help="default: truth.json beside OUT_DIR")
    options = parser.parse_args()
    truth = options.truth or options.out.resolve().parent / "truth.json"
    make_corpus(options.out, truth, seed=options.seed)
    print(f"{options.out} (seed {options.seed}), truth in {truth}")


if __name__ == "__main__":
    main()
