"""Units of systemd that run a workflow again and again: a oneshot service and its timer."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from privrag.errors import SettingsError

_SERVICE = """\
[Unit]
Description=privrag: questions, feedback, training and gate of {name}
After=local-fs.target

[Service]
Type=oneshot
ExecStart={command}
Nice=10
UMask=0077
TimeoutStartSec=infinity
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={writes}
"""
_TIMER = """\
[Unit]
Description=privrag: when {name} is trained again

[Timer]
OnCalendar={when}
RandomizedDelaySec=15min
Persistent=yes

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True)
class Units:
    """Two files, by name."""

    service: str
    timer: str
    name: str
    """Without suffix."""


def units_of(
    *,
    name: str,
    program: Path,
    home: Path,
    writes: Sequence[Path],
    recipe: Path | None,
    when: str,
) -> Units:
    """The units; beside the home, what they start may write to the folders `writes`.

    Raises SettingsError for a time or a path that does not fit on a line.
    """
    named = [("--when", when), ("--home", str(home)), ("--recipe", str(recipe or ""))]
    for what, text in (*named, *(("a folder of the settings", str(path)) for path in writes)):
        if not text.isprintable():
            raise SettingsError(f"{what} has characters that cannot stand in a unit")
    words = [str(program), "--home", str(home), "train", "run"]
    words += [] if recipe is None else ["--recipe", str(recipe.absolute())]
    return Units(
        service=_SERVICE.format(
            name=name,
            command=" ".join(_quoted(word).replace("$", "$$") for word in words),
            writes=" ".join(_quoted(f"-{path}") for path in (home, *writes)),
        ),
        timer=_TIMER.format(name=name, when=when.replace("%", "%%")),
        name=f"privrag-{name}",
    )


def install(units: Units, folder: Path) -> list[Path]:
    """Have systemd check both, where it is, and write them: what it refuses replaces nothing.

    Raises SettingsError.
    """
    with TemporaryDirectory() as scratch:
        said = faults_in(_written(units, Path(scratch)))
    if said:
        raise SettingsError(f"systemd refuses these units: {said}; change --when or the paths")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _written(units, folder)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written to ({error.strerror})") from None


def _written(units: Units, folder: Path) -> list[Path]:
    files = [folder / f"{units.name}.service", folder / f"{units.name}.timer"]
    for path, text in zip(files, (units.service, units.timer), strict=True):
        path.write_text(text, encoding="utf-8")
    return files


def faults_in(files: list[Path]) -> str:
    """The first thing that `systemd-analyze verify` says against them; empty without systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return ""
    done = subprocess.run(  # noqa: S603 - a fixed program, our own files
        [program, "verify", *map(str, files)], capture_output=True, text=True, check=False
    )
    own = [line for line in done.stderr.splitlines() if any(f.name in line for f in files)]
    return own[0].rpartition(f"{files[0].parent}/")[2] if done.returncode and own else ""


def _quoted(word: str) -> str:
    r"""As systemd reads it: `%` means something there, `"` and `\` are escaped."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'
