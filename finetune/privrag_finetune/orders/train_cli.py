"""`python -m privrag_finetune.orders.train_cli --data ../shared/data` writes `wording.json`.

Printed are, for both thresholds, the shares of orders, of ordinary sentences that sound like them,
and of sentences of documents that are taken for orders, each judged unseen.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from privrag.quarantine.wording import WEIGHTS
from privrag_finetune.orders.train import train


def main() -> None:
    """Train, tell, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Folder of ordinary documents.")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    trained = train(asked.data)
    for name in ("sure", "slight"):
        score = getattr(trained.wording, name)
        shares = (float((found >= score).mean()) for found in trained.judged)
        print(name, score, *(f"{share:.4f}" for share in shares))
    text = json.dumps(asdict(trained.wording), ensure_ascii=False, indent=0, sort_keys=True)
    asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
