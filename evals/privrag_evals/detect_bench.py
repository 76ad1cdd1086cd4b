"""How fast identities are found: privrag's detectors beside stock Presidio, on the same texts.

    texts -> slices -> each slice by every side in turn, so that a slow minute hits all of them

Presidio as it comes (every default recognizer, the whole small spaCy model), one text after the
other in this process; and its batch engine with batches of 16 as the stronger baseline. privrag
with the detectors of its settings on all cores, its memory of texts seen before switched off.
Loading is left out everywhere.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from privrag.errors import MissingExtraError
from privrag.pseudonymize import DetectorPool, DetectSettings
from privrag_evals.corpus import staged
from privrag_evals.ingest_bench import Speed, speed_of
from privrag_evals.peer import SPACY_MODEL
from privrag_evals.pii import read_gold

_BATCH = 16
_SLICES = 4
_WARM = "Jane Miller (jane.miller@example.org) opens the door at nine."

Side = Callable[[Sequence[str]], None]


def bench_detect(texts: Sequence[str], *, settings: DetectSettings) -> dict[str, Any]:
    """Three speeds, and privrag's over each of the two others'. Raises MissingExtraError."""
    one, many = _presidio()
    with DetectorPool(settings) as pool:
        pool.warm()

        def ours(some: Sequence[str]) -> None:
            futures = [pool.submit([("paragraph", text)], remember=False) for text in some]
            for future in futures:
                future.result()

        speeds = measure({"privrag": ours, "presidio": one, "presidio_batch": many}, texts)
    return report(speeds)


def measure(sides: dict[str, Side], texts: Sequence[str]) -> dict[str, Speed]:
    """The speed of each side over all texts; whoever was first on a slice is last on the next."""
    seconds = dict.fromkeys(sides, 0.0)
    for side in sides.values():
        side([_WARM])
    order = list(sides)
    for number in range(min(_SLICES, len(texts))):
        for name in order:
            started = time.perf_counter()
            sides[name](texts[number::_SLICES])
            seconds[name] += time.perf_counter() - started
        order = order[1:] + order[:1]
    characters = sum(map(len, texts))
    return {name: speed_of(characters, len(texts), seconds[name]) for name in sides}


def report(speeds: dict[str, Speed]) -> dict[str, Any]:
    """The speeds beside two ratios: above 1 privrag is faster."""
    ours = speeds["privrag"].chars_per_second
    ratio, ratio_batch = (
        round(ours / speeds[name].chars_per_second, 3) for name in ("presidio", "presidio_batch")
    )
    sides = {name: asdict(speed) for name, speed in speeds.items()}
    return sides | {"ratio": ratio, "ratio_batch": ratio_batch}


def texts_of(path: Path | None, data: Path | None, *, data_format: str | None = None) -> list[str]:
    """The texts of a folder or file, and of a labelled file, which tells its format if nobody does.

    Raises NothingToMeasureError or EvaluationError.
    """
    texts: list[str] = []
    if data is not None:
        texts += [gold.text for gold in read_gold(data, data_format=data_format)]
    if path is not None:
        with staged([path]) as corpus:
            texts += [corpus.texts[name] for name in sorted(corpus.texts)]
    return texts


def _presidio() -> tuple[Side, Side]:
    os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""  # Presidio would download a list
    try:
        from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError as error:
        raise MissingExtraError("presidio-analyzer", "local") from error
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    models = [{"lang_code": "en", "model_name": SPACY_MODEL}]
    configuration = {"nlp_engine_name": "spacy", "models": models}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine)
    batches = BatchAnalyzerEngine(analyzer_engine=analyzer)

    def one(texts: Sequence[str]) -> None:
        for text in texts:
            analyzer.analyze(text=text, language="en")

    def many(texts: Sequence[str]) -> None:
        list(batches.analyze_iterator(texts, language="en", batch_size=_BATCH))

    return one, many
