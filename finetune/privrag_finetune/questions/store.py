"""Data sets in a home: `training/NAME/` holds `rows.jsonl` and `manifest.json` (0600).

While one is being made, `journal.jsonl` stands there instead: a killed run goes on with it.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ValidationError

from privrag import whole_file
from privrag.errors import TrainingError
from privrag_finetune.disk import cannot_write
from privrag_finetune.questions.rows import Line, Row, SetManifest

FOLDER = "training"
ROWS, MANIFEST, JOURNAL = "rows.jsonl", "manifest.json", "journal.jsonl"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def is_name(name: str) -> bool:
    """Whether a data set or a model may be called this."""
    return _NAME.fullmatch(name) is not None


def set_folder(home: Path, name: str) -> Path:
    """Where a data set of this name lies. Raises TrainingError for what is no name."""
    if not is_name(name):
        message = "a data set is called by small letters, digits, `-` and `_`; choose such an --out"
        raise TrainingError(message)
    return home / FOLDER / name


def set_names(home: Path) -> list[str]:
    """Every data set, also those that are being made; sorted."""
    folder = home / FOLDER
    found = folder.iterdir() if folder.is_dir() else iter(())
    return sorted(each.name for each in found if _NAME.fullmatch(each.name) and each.is_dir())


def is_frozen(home: Path, name: str) -> bool:
    """Whether it was made to its end."""
    return (set_folder(home, name) / MANIFEST).exists()


def read_manifest(home: Path, name: str) -> SetManifest:
    """What a frozen data set says about itself. Raises TrainingError."""
    path = set_folder(home, name) / MANIFEST
    try:
        return SetManifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        made = "is not finished: run the same synthesize again" if path.parent.is_dir() else ""
        what = made or "does not exist; list them: privrag train sets"
        raise TrainingError(f"the data set {name} {what}") from None
    except (OSError, ValidationError) as error:
        what = f"the manifest of the data set {name} cannot be read ({type(error).__name__})"
        raise TrainingError(f"{what}; make the data set again") from None


def read_rows(home: Path, name: str) -> list[Row]:
    """The rows of a frozen data set. Raises TrainingError if they are not those it was frozen with.

    After an erasure that was killed half-way, either state is whole.
    """
    manifest = read_manifest(home, name)
    data = _read(set_folder(home, name) / ROWS, name)
    expected = {manifest.sha256} | ({manifest.rewrite.sha256} if manifest.rewrite else set())
    if hashlib.sha256(data).hexdigest() not in expected:
        message = f"the rows of the data set {name} were changed since it was made; make it again"
        raise TrainingError(message)
    return [Row.model_validate_json(line) for line in data.splitlines()]


def freeze(home: Path, manifest: SetManifest, rows: Sequence[Row]) -> SetManifest:
    """Write rows, then the manifest; from then on the data set exists. Drops the journal."""
    folder = set_folder(home, manifest.name)
    data = as_bytes(rows)
    write_whole(folder / ROWS, data)
    done = manifest.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    write_manifest(home, done)
    (folder / JOURNAL).unlink(missing_ok=True)
    return done


def write_manifest(home: Path, manifest: SetManifest) -> None:
    """Replace the manifest in one step."""
    write_whole(set_folder(home, manifest.name) / MANIFEST, as_manifest(manifest))


def note_model(home: Path, name: str, model: str) -> None:
    """Note that a model version learnt from this data set: forgetting somebody in it names it."""
    manifest = read_manifest(home, name)
    models = tuple(sorted({*manifest.models, model}))
    write_manifest(home, manifest.model_copy(update={"models": models}))


def as_manifest(manifest: BaseModel) -> bytes:
    """JSON as people read it, its keys in order."""
    return (json.dumps(manifest.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def as_bytes(rows: Iterable[BaseModel]) -> bytes:
    """One JSON object a line."""
    lines = (json.dumps(row.model_dump(mode="json"), ensure_ascii=False) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file in one step (0600), durable when it returns."""
    try:
        whole_file.write_whole(path, data)
    except OSError as error:
        raise cannot_write(path.name, path.parent, error.errno) from None


class Journal:
    """What was written so far, by task; appended batch by batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines = {line.task: line for line in read_journal(path)}

    def add(self, lines: Sequence[Line]) -> None:
        """Keep the lines, durably."""
        self.lines |= {line.task: line for line in lines}
        text = "".join(line.model_dump_json() + "\n" for line in lines)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TrainingError(f"the journal cannot be written ({error.strerror})") from None


def read_journal(path: Path) -> list[Line]:
    """Its whole lines; the last one of a killed run may be torn, and is taken off the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = [line for text in data.splitlines() if (line := _line(text))]
    whole = "".join(line.model_dump_json() + "\n" for line in lines).encode()
    if whole != data:
        write_whole(path, whole)
    return lines


@contextmanager
def making(home: Path, name: str) -> Iterator[Path]:
    """The data set's folder (0700), held by this process alone until it is frozen."""
    folder = set_folder(home, name)
    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        message = f"the folder of the data set {name} cannot be made ({error.strerror})"
        raise TrainingError(message) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_frozen(home, name):
            message = f"the data set {name} exists and never changes; name another with --out"
            raise TrainingError(message)
        yield folder
    except BlockingIOError:
        raise TrainingError(f"another run is making the data set {name}; wait for it") from None
    finally:
        os.close(handle)


def rewrite_journal(path: Path, keep: Callable[[Line], bool]) -> int:
    """Drop lines; gives their number."""
    lines = read_journal(path)
    kept = [line for line in lines if keep(line)]
    if len(kept) < len(lines):
        write_whole(path, "".join(line.model_dump_json() + "\n" for line in kept).encode())
    return len(lines) - len(kept)


def _line(text: bytes) -> Line | None:
    try:
        return Line.model_validate_json(text)
    except ValidationError:
        return None


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the rows of the data set {name} cannot be read ({error.strerror})"
        raise TrainingError(message) from None
