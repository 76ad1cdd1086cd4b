"""Show what would be stored of one file, without indexing it."""

from pathlib import Path
from typing import Any

from privrag.home import open_vault
from privrag.intake import to_detect
from privrag.parse import ParseWorker
from privrag.pseudonymize import Detector, pseudonymize_document
from privrag.records import BLOCK_SEPARATOR
from privrag.settings import load_settings


def preview(home: Path, file: Path) -> dict[str, Any]:
    """The safe text and each entity with its place in the *parsed* text.

    Nothing is stored: a name that the vault knows has its pseudonym, any other one a pseudonym for
    this call only. What no document holds would stay in the vault for ever.
    """
    settings = load_settings(home)
    with ParseWorker(settings.parse) as worker:
        document = worker.parse(file)
    detector = Detector(settings.pseudonymize)
    found = detector.detect(to_detect(document))
    with open_vault(home, settings) as vault:
        safe, entities = pseudonymize_document(
            document, found, vault, version=None, settings=settings.pseudonymize
        )
    return {
        "text": BLOCK_SEPARATOR.join(block.text for block in safe.blocks),
        "entities": [
            {
                "label": e.entity.label,
                "start": e.entity.start,
                "end": e.entity.end,
                "pseudonym": e.pseudonym,
                "score": e.entity.score,
            }
            for e in entities
        ],
    }
