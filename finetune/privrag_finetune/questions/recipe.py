"""How questions are made: a TOML file. The shipped one, `default.toml`, shows every key."""

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privrag.settings import checked
from privrag_finetune.recipe import read_toml

DEFAULT = Path(__file__).with_name("default.toml")
Style = Literal["chat", "complete"]
_NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )


class Category(_Table):
    """A kind of question: `[[categories]]`."""

    name: str = Field(pattern=_NAME)
    """Short name, stands on every row."""
    description: str
    """What is asked for; an instruction-tuned model reads it."""
    openings: tuple[str, ...] = ("",)
    """First words of a question, one of which is given to a base model to go on from."""
    cues: tuple[str, ...] = ()
    """Words (or beginnings, with `*`) one of which the text must hold for this kind to be asked;
    `#` is any digit, `PERSON_` any person. None: it fits every text."""


class Difficulty(_Table):
    """How hard a question is: `[[difficulties]]`."""

    name: str = Field(pattern=_NAME)
    """Short name, stands on every row."""
    description: str
    """What makes it hard; an instruction-tuned model reads it."""
    sentences: int = Field(default=1, ge=1, le=8)
    """Sentences in a row that a base model is shown (1-8)."""


class Example(_Table):
    """A worked example: `[[examples]]`. Invent it, in another domain than the documents'."""

    text: str
    """What is asked about."""
    question: str
    """The question."""
    answer: str
    """Its answer, in words of the text."""


class Shares(_Table):
    """Which part of the documents goes where; together 1."""

    train: float = Field(default=0.8, gt=0, le=1)
    """For training (0-1)."""
    validation: float = Field(default=0.1, ge=0, lt=1)
    """For early stopping (0-1)."""
    test: float = Field(default=0.1, ge=0, lt=1)
    """For the gate (0-1)."""

    @model_validator(mode="after")
    def _add_up(self) -> "Shares":
        if abs(self.train + self.validation + self.test - 1) > 1e-6:
            raise ValueError("splits.train, splits.validation and splits.test must add up to 1")
        return self


class Limits(_Table):
    """What a question must be to be kept."""

    min_words: int = Field(default=4, ge=1)
    """Words of a question at least."""
    max_words: int = Field(default=30, ge=3)
    """Words of a question at most."""
    max_answer_words: int = Field(default=80, ge=1)
    """Words of an answer at most."""
    min_answer_support: float = Field(default=0.7, ge=0, le=1)
    """Share of the answer's content words (0-1) that its passage must hold."""
    verbatim_answer: bool = False
    """Whether the answer must stand in its passage word for word."""
    min_question_support: float = Field(default=0.5, ge=0, le=1)
    """Share of the question's content words (0-1) that its passage must hold: less asks about
    something else; 1 would forbid other words for the same thing."""
    longest_copy: int = Field(default=8, ge=2)
    """Words in a row that a question may share with its passage."""
    max_likeness: float = Field(default=0.75, gt=0, le=1)
    """Share of content words (Jaccard, 0-1) that two questions may have in common."""
    found_among: int = Field(default=10, ge=1, le=50)
    """The question must find its document among so many passages of this home (1-50)."""
    min_passage_words: int = Field(default=12, ge=1)
    """Content words that a passage must have to be asked about."""

    @model_validator(mode="after")
    def _in_order(self) -> "Limits":
        if self.min_words > self.max_words:
            raise ValueError("filters.min_words is more than filters.max_words")
        return self


class Wording(_Table):
    """What the model reads.

    In braces: domain, use_case, category, category_description, difficulty,
    difficulty_description, text, passage, opening.
    """

    chat: str
    """Message to an instruction-tuned model, which answers with JSON."""
    complete: str
    """First lines for a base model, before the examples."""
    complete_answer: Literal["text", "model", "short"] = "text"
    """The answer of a base model's question: the text that it was shown, verbatim, or what the
    model writes after it. A small model writes questions far better than answers. `short`: it is
    asked for the answer twice, with its examples in two orders; both must be the same."""
    short_answer: str = (
        "Each text is followed by a question and its short answer, which stands in the text."
    )
    """First line for `short`, before the examples."""


class Recipe(_Table):
    """One way to make questions."""

    domain: str = "the documents of one organisation"
    """What the documents are about, in a few words."""
    use_case: str = "somebody asks an assistant about them"
    """Who asks, and why, in a few words."""
    style: Literal["auto", "chat", "complete"] = "auto"
    """`chat` for an instruction-tuned model, `complete` for a base model; `auto`: `complete` for
    the embedded default model, else `chat`."""
    questions_per_chunk: int = Field(default=1, ge=1, le=20)
    """Questions asked about one passage at most (1-20)."""
    seed: int = Field(default=12, ge=0)
    """Chooses passages, kinds and wording; the same seed, the same questions."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    """Randomness of the model (0-2); variety comes from passages and kinds, too."""
    max_tokens: int = Field(default=160, ge=8, le=4096)
    """Tokens that the model may write about one question (8-4096)."""
    splits: Shares = Shares()
    filters: Limits = Limits()
    wording: Wording
    categories: tuple[Category, ...] = Field(min_length=1)
    """Kinds of questions; each is asked about as often."""
    difficulties: tuple[Difficulty, ...] = Field(min_length=1)
    """Degrees; each is asked for as often."""
    examples: tuple[Example, ...] = ()
    """Worked examples; a base model needs some."""

    @model_validator(mode="after")
    def _names_differ(self) -> "Recipe":
        for table in ("categories", "difficulties"):
            names = [each.name for each in getattr(self, table)]
            if len(names) != len(set(names)):
                raise ValueError(f"two of the {table} have the same name")
        return self

    def sha256(self) -> str:
        """Of everything in it."""
        return hashed(self.model_dump(mode="json"))

    def prompt_version(self, style: Style) -> str:
        """Twelve digits that change with what the model reads."""
        parts = ("domain", "use_case", "wording", "categories", "difficulties", "examples")
        values = self.model_dump(mode="json")
        read = {name: values[name] for name in parts}
        return f"{style}-{hashed([style, read, self.temperature])[:12]}"


def load_recipe(path: Path | None = None) -> Recipe:
    """The recipe in a file; without one the shipped recipe. Raises SettingsError, naming the key.

    A file says only what differs: what it leaves out is as in the shipped one.
    """
    values = read_toml(DEFAULT)
    if path is not None:
        own = read_toml(path)
        for table in ("wording", "splits", "filters"):
            if isinstance(own.get(table), dict):
                own[table] = {**values.get(table, {}), **own[table]}
        values = {**values, **own}
    return checked(Recipe, values, table="recipe")


def hashed(value: object) -> str:
    """The sha-256 of what JSON can say, whatever order its keys are in."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
