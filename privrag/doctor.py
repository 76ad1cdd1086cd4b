"""`privrag doctor`: is every part there and able to work? One line each."""

import asyncio
from collections.abc import Awaitable, Callable  # noqa: TC003 - the annotations are read
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from privrag.audit import checkpoint_path
from privrag.cautions import cautions
from privrag.errors import PrivragError
from privrag.generate import open_generator
from privrag.home import MANIFEST_FILE, open_audit, open_vault
from privrag.manifest import Manifest
from privrag.pseudonymize import Detector
from privrag.registry import read_registry
from privrag.serving import open_serving, serving_of
from privrag.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one part."""

    part: str
    ok: bool
    message: str


async def check(home: Path) -> list[Finding]:
    """One finding a part; without settings the others cannot be asked."""
    try:
        settings = load_settings(home)
    except PrivragError as error:
        return [Finding("settings", ok=False, message=str(error))]
    file = home / "privrag.toml"
    source = str(file) if file.is_file() else "defaults (no privrag.toml in the home)"
    parts: dict[str, Callable[[Path, Settings], Awaitable[str]]] = {
        "vault": _vault,
        "audit": _audit,
        "manifest": _manifest,
        "index": _index,
        "detector": _detector,
        "embedder": _embedder,
        "generator": _generator,
    }
    findings = [Finding("settings", ok=True, message=source)]
    for name, ask in parts.items():
        try:
            findings.append(Finding(name, ok=True, message=await ask(home, settings)))
        except PrivragError as error:
            findings.append(Finding(name, ok=False, message=str(error)))
    return findings


async def _vault(home: Path, settings: Settings) -> str:
    with open_vault(home, settings) as vault:
        return f"{vault.count()} entities, tenant {settings.tenant}, key readable"


async def _audit(home: Path, settings: Settings) -> str:
    with (
        open_vault(home, settings) as vault,
        closing(open_audit(home, settings, vault)) as log,
    ):
        records = (await asyncio.to_thread(log.head)).seq
    path = checkpoint_path(home, settings.audit)
    advice = "; set audit.checkpoints to a file on another disk or host"
    inside = path.absolute().is_relative_to(home.absolute())
    return f"{records} records, checkpoints in {path}{advice if inside else ''}"


async def _manifest(home: Path, settings: Settings) -> str:
    with open_vault(home, settings) as vault:
        manifest = Manifest(home / MANIFEST_FILE, vault, tenant=settings.tenant)
        try:
            entries = manifest.entries()
        finally:
            manifest.close()
    return f"{len(entries)} documents"


async def _detector(_: Path, settings: Settings) -> str:
    detector = Detector(settings.pseudonymize)
    await asyncio.to_thread(detector.detect, [("paragraph", "a test")])
    seek = settings.pseudonymize
    profile = f", profile {seek.profile}" if seek.profile else ""
    return f"{seek.model}, {len(seek.labels)} types{profile}"


async def _index(home: Path, settings: Settings) -> str:
    _, index = await open_serving(home, settings)
    try:
        chunks = await index.count(tenant=settings.tenant)
    finally:
        await index.close()
    kind = "embedded Qdrant Edge" if settings.index.url is None else f"server {settings.index.url}"
    return f"{kind}, {chunks} chunks"


async def _embedder(home: Path, settings: Settings) -> str:
    embedder = serving_of(home, settings, read_registry(home)).embedder
    vectors = await asyncio.to_thread(embedder.embed, ["a test"])
    return (
        f"{embedder.identity.model}, {embedder.identity.precision}, {vectors.shape[1]} dimensions"
    )


async def _generator(home: Path, settings: Settings) -> str:
    generator = open_generator(settings.generate, cache=settings.cache.expanduser())
    try:
        models = await generator.models()
    finally:
        await generator.close()
    where = settings.generate.base_url or "in this process"
    known = cautions(settings, read_registry(home))
    return "; ".join([f"{', '.join(models)} {where}", *known])
