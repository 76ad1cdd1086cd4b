"""The detection child: `python -m privrag.pseudonymize.worker`, started by `DetectorPool`.

Request: `{"settings": {...}, "blocks": [[kind, text], ...], "remember": bool}`.
Answer: the entities of each block (`packed.py`), or `{"error": text, "type": class}`.
"""

import os
from typing import Any

from privrag.child import serve
from privrag.errors import PrivragError
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.lean import forbid_torch, leave_presidio_out, multiply_with_numpy
from privrag.pseudonymize.packed import pack
from privrag.pseudonymize.profile import DetectSettings


class Worker:
    """Answers requests; loads the model with the first one, and again if the settings change."""

    def __init__(self) -> None:
        self._settings: DetectSettings | None = None
        self._detector: Detector | None = None

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """One document. Never raises; only our own errors give their message."""
        try:
            settings = DetectSettings.model_validate(message["settings"])
            if self._detector is None or settings != self._settings:
                self._detector, self._settings = Detector(settings), settings
            found = self._detector.detect(
                [(kind, text) for kind, text in message["blocks"]],
                remember=message.get("remember") is True,
            )
        except PrivragError as error:
            return {"error": str(error), "type": type(error).__name__}
        except Exception as error:  # noqa: BLE001 - the outermost edge: a library's message may hold private text
            return {"error": f"detection failed ({type(error).__name__})", "type": "PseudonymError"}
        return pack(found)


def _serve() -> None:
    """Torch (200 MB, seconds) and Presidio stay out unless the settings ask for them."""
    worker = Worker()

    def handle(message: dict[str, Any]) -> dict[str, Any]:
        settings = message.get("settings", {})
        if not settings.get("token_classifier"):
            forbid_torch()
        if not settings.get("presidio"):
            leave_presidio_out()
        multiply_with_numpy()
        return worker.handle(message)

    serve(handle)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _serve()
