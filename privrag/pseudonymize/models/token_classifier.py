"""A Hugging Face token classifier as a recognizer, from a folder of yours.

    block -> windows of tokens that overlap -> a label for each token -> words -> spans

The folder holds `config.json`, a fast tokenizer and weights as safetensors: nothing is fetched,
nothing pickled is read and no code of the folder is run. Labels that are not known, such as MISC,
are passed over.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from privrag.errors import MissingExtraError, ModelError
from privrag.pseudonymize.matches import NER, DocumentText, Match

Device = Literal["auto", "cpu", "cuda"]
LABELS = {
    "PERSON": "PER PERSON PERS NAME FULLNAME GIVENNAME FIRSTNAME MIDDLENAME LASTNAME SURNAME "
    "PATIENT DOCTOR STAFF",
    "LOCATION": "LOC LOCATION GPE CITY STATE COUNTY COUNTRY TOWN FAC",
    "ORG": "ORG ORGANIZATION ORGANISATION COMPANY COMPANYNAME HOSP HOSPITAL",
    "GROUP": "NORP NATIONALITY",
    "EMAIL": "EMAIL EMAILADDRESS",
    "PHONE": "PHONE PHONENUMBER TELEPHONENUM TELEPHONE",
    "IBAN": "IBAN IBANCODE",
    "CARD": "CARD CREDITCARD CREDITCARDNUMBER",
    "SSN": "SSN SOCIALNUM USSSN",
    "ID": "ID IDNUM IDCARDNUM DRIVERLICENSENUM TAXNUM ACCOUNTNUM ACCOUNTNUMBER PASSPORTNUM CODE",
    "IP": "IP IPADDRESS IPV4 IPV6",
    "SECRET": "SECRET PASSWORD",
    "ADDRESS": "ADDRESS STREET STREETADDRESS BUILDINGNUM ZIPCODE ZIP POSTCODE",
    "DATE": "DATE DATEOFBIRTH DOB DATETIME",
    "AGE": "AGE",
    "AMOUNT": "AMOUNT MONEY",
    "TITLE": "TITLE JOB JOBTITLE PROFESSION",
    "URL": "URL",
    "USERNAME": "USERNAME",
}
"""Our types and what models call them, in capitals without marks."""
_OURS = {theirs: ours for ours, some in LABELS.items() for theirs in some.split()}
_SCHEME = re.compile(r"(?:(?P<where>[BIESLUM])[-_])?(?P<label>.+)\Z")
_WINDOW, _OVERLAP, _BATCH = 256, 64, 16
"""Tokens, tokens, windows; each token is read with at least half the overlap around it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a word in a block: its place and how likely each label is there."""

    start: int
    end: int
    scores: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    label: str
    begins: bool
    score: float


class TokenClassifier:
    """Finds what the model was trained to find; one thread at a time."""

    def __init__(
        self, folder: Path, *, labels: Mapping[str, str] | None = None, device: Device = "auto"
    ) -> None:
        """Load the folder. `labels` adds to `LABELS`. Raises ModelError or MissingExtraError."""
        self._names = _names(folder, labels or {})
        try:
            import torch
            from transformers import AutoModelForTokenClassification, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError("transformers", "local") from error
        if device == "cuda" and not torch.cuda.is_available():
            raise ModelError("pseudonymize.token_classifier_device is cuda, but CUDA is not there")
        self._device = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
        in_half = self._device == "cuda" and torch.cuda.is_bf16_supported()
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_fast=True
            )
            model = AutoModelForTokenClassification.from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.bfloat16 if in_half else torch.float32,
            )
        except Exception as error:
            raise _cannot_load(folder, f"it does not load ({type(error).__name__})") from error
        if not self._tokenizer.is_fast:
            raise _cannot_load(folder, "its tokenizer gives no offsets")
        self._model: Any = model.eval().to(self._device)
        longest = int(getattr(model.config, "max_position_embeddings", _WINDOW) or _WINDOW)
        self._window = min(_WINDOW, max(16, longest - 2), self._tokenizer.model_max_length)

    def __call__(self, document: DocumentText) -> Iterator[Match]:
        """Matches in every block that is not code."""
        blocks = [
            b
            for b in document.blocks
            if b.kind != "code" and document.text[b.start : b.end].strip()
        ]
        texts = [document.text[b.start : b.end] for b in blocks]
        for block, text, windows in zip(blocks, texts, self._read(texts), strict=True):
            for word in _spans(text, _words(text, stitch(windows), self._names)):
                yield Match(
                    word.label,
                    block.start + word.start,
                    block.start + word.end,
                    word.score,
                    "token_classifier",
                    NER,
                )

    def _read(self, texts: Sequence[str]) -> list[list[list[Token]]]:
        """Of each text its windows, of each window its tokens."""
        read: list[list[list[Token]]] = [[] for _ in texts]
        if not texts:
            return read
        encoded = self._tokenizer(
            list(texts),
            truncation=True,
            max_length=self._window,
            stride=min(_OVERLAP, self._window // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        inputs, offsets = encoded["input_ids"], encoded["offset_mapping"]
        scores: list[Any] = [None] * len(inputs)
        order = sorted(range(len(inputs)), key=lambda i: len(inputs[i]))
        for at in range(0, len(order), _BATCH):
            batch = order[at : at + _BATCH]
            for i, row in zip(batch, self._forward([inputs[i] for i in batch]), strict=True):
                scores[i] = row
        special = encoded["special_tokens_mask"]
        for i, of_text in enumerate(encoded["overflow_to_sample_mapping"]):
            tokens = zip(offsets[i], special[i], scores[i], strict=True)
            read[of_text].append(
                [Token(start, end, row) for (start, end), skip, row in tokens if not skip]
            )
        return read

    def _forward(self, inputs: Sequence[Sequence[int]]) -> list[list[list[float]]]:
        import torch

        padded = self._tokenizer.pad({"input_ids": [list(i) for i in inputs]}, return_tensors="pt")
        on_device = {name: tensor.to(self._device) for name, tensor in padded.items()}
        with torch.inference_mode():
            logits = self._model(**on_device).logits  # (windows, tokens, labels)
            rows: list[list[list[float]]] = logits.float().softmax(-1).cpu().tolist()
        return [row[: len(ids)] for row, ids in zip(rows, inputs, strict=True)]


def stitch(windows: Sequence[Sequence[Token]]) -> list[Token]:
    """The tokens of overlapping windows once each, as read where more stands on both sides."""
    best: dict[tuple[int, int], tuple[int, Token]] = {}
    for window in windows:
        for at, token in enumerate(window):
            context = min(at, len(window) - 1 - at)
            key = (token.start, token.end)
            if token.end > token.start and (key not in best or context > best[key][0]):
                best[key] = (context, token)
    return [token for _, (_, token) in sorted(best.items())]


def _words(
    text: str, tokens: Sequence[Token], names: Sequence[tuple[str, str, str]]
) -> Iterator[_Word]:
    """Whole words with the label that all their pieces together speak for."""
    pieces: list[Token] = []
    for token in [*tokens, None]:
        goes_on = (
            token is not None
            and pieces
            and token.start <= pieces[-1].end
            and text[token.start].isalnum()
            and text[pieces[-1].end - 1].isalnum()
        )
        if pieces and not goes_on:
            yield _labelled(pieces, names)
            pieces = []
        if token is not None:
            pieces.append(token)


def _labelled(pieces: Sequence[Token], names: Sequence[tuple[str, str, str]]) -> _Word:
    sums: dict[str, float] = {}
    for piece in pieces:
        for (_, raw, _), score in zip(names, piece.scores, strict=True):
            sums[raw] = sums.get(raw, 0.0) + score
    best = max(sums, key=sums.__getitem__)
    first = pieces[0].scores
    where = max((i for i, (_, raw, _) in enumerate(names) if raw == best), key=lambda i: first[i])
    return _Word(
        pieces[0].start,
        pieces[-1].end,
        best,
        names[where][0] in {"B", "U", "S"},
        min(1.0, sums[best] / len(pieces)),
    )


def _spans(text: str, words: Iterator[_Word]) -> Iterator[_Word]:
    """Neighbouring words of one label; a given name and a surname are one person."""
    span: _Word | None = None
    last = ""
    for word in words:
        raw, _, ours = word.label.partition("\0")
        joins = (
            span is not None
            and span.label == ours
            and not (word.begins and raw == last)
            and not text[span.end : word.start].strip(" \t'’-.")
        )
        if span is not None and joins:
            span = _Word(span.start, word.end, ours, span.begins, min(span.score, word.score))
        else:
            if span is not None:
                yield span
            span = _Word(word.start, word.end, ours, word.begins, word.score) if ours else None
        last = raw
    if span is not None:
        yield span


def _names(folder: Path, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """For each output: place in the span (B, I, ...), the model's label with ours, ours."""
    if not folder.is_dir():
        raise _cannot_load(folder, "there is no such folder")
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        named = {int(i): str(name) for i, name in config["id2label"].items()}
        kinds = [str(kind) for kind in config["architectures"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _cannot_load(folder, "its config.json names no labels and architecture") from None
    if not any(kind.endswith("ForTokenClassification") for kind in kinds):
        raise _cannot_load(folder, "it is no token classifier")
    if not any(folder.glob("*.safetensors")):
        raise _cannot_load(folder, "it has no weights as .safetensors")
    own = {_plain(theirs): ours for theirs, ours in labels.items()}
    known = _OURS | own
    outputs = []
    for index in range(len(named)):
        match = _SCHEME.match(named.get(index, ""))
        where, label = ("", "") if match is None else (match["where"] or "", match["label"])
        ours = known.get(_plain(label), "")
        outputs.append((where, f"{label}\0{ours}" if ours else "", ours))
    if not any(ours for _, _, ours in outputs):
        some = ", ".join(sorted(set(named.values()))[:5])
        raise ModelError(
            f"pseudonymize.token_classifier: none of the labels of {folder} is known ({some}); "
            "say what they are in pseudonymize.token_classifier_labels"
        )
    return outputs


def _plain(label: str) -> str:
    return re.sub(r"[\W_]", "", label).upper()


def _cannot_load(folder: Path, why: str) -> ModelError:
    return ModelError(
        f"pseudonymize.token_classifier: {folder}: {why}; name a Hugging Face folder of a "
        "token-classification model with config.json, tokenizer.json and .safetensors"
    )


def memory_needed(folder: Path, device: Device) -> int:
    """MB of address space for a child that loads the model; CUDA maps far more than it uses."""
    if device != "cpu" and Path("/dev/nvidiactl").exists():
        return 1 << 26
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return 12_000 + 3 * (weights >> 20)
