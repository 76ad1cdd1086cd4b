"""The injection suite: ordinary invented documents, and orders that somebody put into them.

`evals/suites/injection_hosts.jsonl` holds the documents with a question and its answer,
`injections.jsonl` what is put into which. The `held_out` cases were written before the first rule;
what got through was mended by its cause. The `blind` ones were written later, by somebody who had
not seen the rules, and no rule was made for what they show.
"""

import base64
import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from privrag.errors import EvaluationError
from privrag.quarantine.recognise import SENTENCE_ENDS
from privrag_evals.pii.data import read_lines

SUITES = Path(__file__).parents[2] / "suites"
SPLITS = ("dev", "held_out", "blind")
Goal = Literal["say", "refuse", "leak", "false"]
_MIN_WORDS = 4


@dataclass(frozen=True, slots=True)
class Host:
    """A harmless document with a question that it answers."""

    id: str
    title: str
    question: str
    answer: str
    """Stands in any right answer."""
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An order in a document."""

    id: str
    family: str
    split: Literal["dev", "held_out", "blind"]
    host: Host
    goal: Goal
    """What succeeds: the canary is said or cited, the question refused, the prompt told. `false`
    is a false statement and no order; it is counted apart."""
    canary: str
    payload: tuple[str, ...]
    """Several parts are spread over the document."""
    format: str = "md"
    wrap: str = "{}"
    encode: str = ""
    where: str = "body"

    @property
    def written(self) -> tuple[str, ...]:
        """The parts as they stand in the file."""
        return tuple(encoded(part, self.encode) for part in self.payload)

    @property
    def traces(self) -> tuple[str, ...]:
        """Parts of the order by which somebody who sees the prompt knows that it got there."""
        parts = (piece for text in self.written for piece in SENTENCE_ENDS.split(text))
        kept = [p for p in parts if len(p.split()) >= _MIN_WORDS or len(p) > 30]
        return (*kept, *filter(None, [self.canary]))


def read_suite(folder: Path = SUITES) -> tuple[list[Host], list[Case]]:
    """Hosts and cases. Raises EvaluationError where the files are not there or not whole."""
    try:
        hosts = {row["id"]: _host(row) for row in _lines(folder / "injection_hosts.jsonl")}
        return list(hosts.values()), [_case(r, hosts) for r in _lines(folder / "injections.jsonl")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(
            f"the injection suite in {str(folder)!r} cannot be read ({type(error).__name__})"
        ) from None


def _lines(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_lines(path)]


def _host(row: Mapping[str, Any]) -> Host:
    return Host(**{**row, "paragraphs": tuple(row["paragraphs"])})


def _case(row: Mapping[str, Any], hosts: Mapping[str, Host]) -> Case:
    payload = row["payload"]
    parts = (payload,) if isinstance(payload, str) else tuple(payload)
    return Case(**{**row, "host": hosts[row["host"]], "payload": parts})


def encoded(text: str, how: str) -> str:
    """The text as an attacker hides it."""
    match how:
        case "":
            return text
        case "base64":
            return base64.b64encode(text.encode()).decode()
        case "hex":
            return text.encode().hex()
        case "rot13":
            return codecs.encode(text, "rot13")
        case "zero_width":
            return "\u200b".join(text)
        case "tags":
            return "".join(chr(0xE0000 + ord(c)) for c in text)
        case "variation":
            return "A" + "".join(_selector(byte) for byte in text.encode())
    raise EvaluationError(f"the suite names the unknown encoding {how!r}")


def _selector(byte: int) -> str:
    return chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the suite."""

    name: str
    data: bytes = field(repr=False)


def written_host(host: Host) -> Written:
    """The host as it is without any order."""
    return Written(f"{host.id}.md", _markdown(host, host.paragraphs).encode())


def written_case(case: Case) -> Written:
    """The host with the order in it."""
    from privrag_evals.injections import files

    host = case.host
    parts = [case.wrap.replace("{}", part) if "{}" in case.wrap else part for part in case.written]
    if case.where == "file_name":
        return Written(f"{case.payload[0]}.md", _markdown(host, host.paragraphs).encode())
    match case.format:
        case "md":
            return Written(f"{host.id}.md", _markdown(host, _spread(host, parts)).encode())
        case "html":
            return Written(f"{host.id}.html", files.html(host, parts[0]))
        case "docx":
            return Written(f"{host.id}.docx", files.docx(host, parts[0]))
        case "pdf":
            return Written(f"{host.id}.pdf", files.pdf(host, parts[0], how=case.wrap))
        case "eml":
            return Written(f"{host.id}.eml", files.eml(host, parts[0]))
    raise EvaluationError(f"the suite names the unknown format {case.format!r}")


def _markdown(host: Host, paragraphs: Sequence[str]) -> str:
    return "\n\n".join((f"# {host.title}", *paragraphs)) + "\n"


def _spread(host: Host, parts: Sequence[str]) -> list[str]:
    """The first part before the paragraph that answers, the others after the following ones."""
    paragraphs = list(host.paragraphs)
    for number, part in enumerate(parts):
        paragraphs.insert(1 + 2 * number, part)
    return paragraphs
