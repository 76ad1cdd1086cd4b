"""Data sets of texts in a home: `texts/NAME/` holds a file for each split and `manifest.json`.

All of it 0600. The manifest comes last: before it there is no data set.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from privrag.errors import TrainingError
from privrag.records import SafeText
from privrag_finetune.questions.split import SPLITS, Split
from privrag_finetune.questions.store import as_bytes, as_manifest, is_name, write_whole

FOLDER = "texts"
KIND = "text"
"""Of the models that learn from them, as their folder is called: `models/text`."""
SAMPLES = "samples.json"
"""What such a model says to a few texts, in its folder."""
_MANIFEST = "manifest.json"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TextRow(_Stored):
    """A text and what is to be written or said to it."""

    id: str
    group: str
    """Keyed hash of the text: rows of one text are in one split."""
    text: SafeText
    """As the file says it where the owner chose `--keep-raw`, as `target` then."""
    target: SafeText
    entities: tuple[str, ...]
    """Pseudonyms in both, without alias suffixes."""


class SplitFile(_Stored):
    """What a split held when it was written."""

    rows: int
    sha256: str


class TextManifest(_Stored):
    """A data set; only `forget` takes rows out of it."""

    format: int = 1
    name: str
    created: str
    """UTC, ISO 8601."""
    tenant: str
    content: str
    """Keyed hash of the file's bytes, the columns and what decides how it is pseudonymized."""
    pseudonymized: bool
    splits: dict[Split, SplitFile]
    skipped: dict[str, int]
    """Rows of the file that could not be used, by reason."""
    models: tuple[str, ...] = ()
    """Models that learnt from it."""
    erased: int = 0
    """Rows that an erasure took out since."""
    erasing: bool = False
    """An erasure is writing the splits."""


def text_folder(home: Path, name: str) -> Path:
    """Where a data set of this name lies."""
    return home / FOLDER / name


def text_names(home: Path) -> list[str]:
    """Every data set that was made to its end, sorted."""
    found = (home / FOLDER).glob(f"*/{_MANIFEST}")
    return sorted(each.parent.name for each in found if is_name(each.parent.name))


def read_text_manifest(home: Path, name: str) -> TextManifest | None:
    """What a data set says about itself; None where there is none. Raises TrainingError."""
    try:
        return TextManifest.model_validate_json((text_folder(home, name) / _MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"the manifest of the texts {name} cannot be read ({type(error).__name__}); remove "
            f"{FOLDER}/{name} from the home and train again"
        ) from None


def read_splits(home: Path, manifest: TextManifest) -> dict[Split, list[TextRow]]:
    """Its rows. Raises TrainingError if they are not those that were written."""
    if manifest.erasing:
        raise TrainingError(
            f"somebody is being forgotten in the texts {manifest.name}; run privrag forget again"
        )
    found: dict[Split, list[TextRow]] = {}
    for split, noted in manifest.splits.items():
        data = _data(home, manifest.name, split)
        if hashlib.sha256(data).hexdigest() != noted.sha256:
            raise TrainingError(
                f"the {split} rows of the texts {manifest.name} were changed since they were "
                f"made; remove {FOLDER}/{manifest.name} from the home and train again"
            )
        found[split] = parsed(data)
    return found


def read_for_erasure(home: Path, name: str, split: Split) -> list[TextRow]:
    """Rows as they stand, also after an erasure that was killed half-way."""
    return parsed(_data(home, name, split))


def write_set(
    home: Path, manifest: TextManifest, splits: Mapping[Split, Sequence[TextRow]]
) -> TextManifest:
    """Write the rows, then the manifest with their hashes; durable when it returns."""
    folder = text_folder(home, manifest.name)
    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{FOLDER}/{manifest.name} cannot be made ({error.strerror})") from None
    files: dict[Split, SplitFile] = {}
    for split in SPLITS:
        data = as_bytes(splits.get(split, ()))
        write_whole(folder / f"{split}.jsonl", data)
        files[split] = SplitFile(
            rows=len(splits.get(split, ())), sha256=hashlib.sha256(data).hexdigest()
        )
    done = manifest.model_copy(update={"splits": files, "erasing": False})
    write_text_manifest(home, done)
    return done


def write_text_manifest(home: Path, manifest: TextManifest) -> None:
    """Replace the manifest in one step."""
    write_whole(text_folder(home, manifest.name) / _MANIFEST, as_manifest(manifest))


def note_text_model(home: Path, manifest: TextManifest, model: str) -> None:
    """Note that a model learnt from it: forgetting somebody in it names the model."""
    models = tuple(sorted({*manifest.models, model}))
    write_text_manifest(home, manifest.model_copy(update={"models": models}))


def as_text(value: object) -> bytes:
    """JSON as people read it."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def parsed(data: bytes) -> list[TextRow]:
    """One row a line."""
    return [TextRow.model_validate_json(line) for line in data.splitlines()]


def _data(home: Path, name: str, split: Split) -> bytes:
    try:
        return (text_folder(home, name) / f"{split}.jsonl").read_bytes()
    except OSError as error:
        raise TrainingError(
            f"the {split} rows of the texts {name} cannot be read ({error.strerror})"
        ) from None
