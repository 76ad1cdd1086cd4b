"""Where the documents of a home were put once: `training/splits.json`, sha-256 of id -> split.

Clusters change when documents come and go; what was measured with stays what is measured with.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from privrag.errors import TrainingError
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.store import FOLDER, write_whole

SPLITS_FILE = "splits.json"
_RECORD = TypeAdapter(dict[str, Split])


def recorded_splits(home: Path, documents: Iterable[str]) -> dict[str, Split]:
    """Document -> split, of those that were put somewhere before. Raises TrainingError."""
    record = _read(home)
    return {name: record[key] for name in documents if (key := _key(name)) in record}


def record_splits(home: Path, split_of: Mapping[str, Split]) -> None:
    """Keep where these documents are; others stay where they were. The folder must be there."""
    before = _read(home)
    record = before | {_key(name): split for name, split in split_of.items()}
    if record != before:
        ordered = dict(sorted(record.items()))
        write_whole(home / FOLDER / SPLITS_FILE, _RECORD.dump_json(ordered, indent=1) + b"\n")


def _read(home: Path) -> dict[str, Split]:
    try:
        return _RECORD.validate_json((home / FOLDER / SPLITS_FILE).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError):
        raise TrainingError(
            f"{FOLDER}/{SPLITS_FILE} cannot be read; restore it, or remove it together with the "
            "data sets of this home"
        ) from None


def _key(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()[:32]
