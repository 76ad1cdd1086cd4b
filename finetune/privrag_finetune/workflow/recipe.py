"""What a workflow makes: a TOML file. Paths in it are relative to it."""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privrag.errors import SettingsError
from privrag.settings import checked
from privrag_finetune.feedback import LEAST_REPLAYED, MOST_REPLAYED
from privrag_finetune.generator.home_units import Unit
from privrag_finetune.recipe import read_toml

Kind = Literal["reranker", "generator"]


class Private(BaseModel):
    """Train with differential privacy, as `privrag train generator --dp` does."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    epsilon: float = Field(gt=0, allow_inf_nan=False)
    """What each model may cost; the budgets of the collections that it learns from bound all."""
    delta: float | None = Field(default=None, gt=0, lt=1)
    """None: documents ** -1.2."""
    unit: Unit = "document"
    """What is protected: all rows of one of these."""


class WorkflowRecipe(BaseModel):
    """One way from documents to a model."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    name: str = Field(default="workflow", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    """Data sets and models are called by it, and by a few digits of what they were made from."""
    kind: Kind = "generator"
    """What is tuned."""
    limit: int = Field(default=200, ge=1)
    """Questions that the generator is asked for."""
    questions: Path | None = None
    """Recipe of the questions; none: the shipped one."""
    training: Path | None = None
    """Recipe of the training; none: the shipped one of the kind."""
    seed: int = Field(default=12, ge=0)
    """Of questions, rows and training."""
    acl: tuple[str, ...] = ("*",)
    """Readers of the passages, all of them."""
    across_acl: bool = False
    """Mix passages of different readers."""
    collection: str | None = None
    """Only passages of this one."""
    replay: float = Field(default=MOST_REPLAYED, ge=LEAST_REPLAYED, le=MOST_REPLAYED)
    """Share of written rows that stay beside rows from feedback (0.2-0.5)."""
    promote: bool = False
    """Whether a model that passes its gate serves at once, with nobody asked."""
    dp: Private | None = None
    """A generator's privacy; none: trained as it is."""

    @model_validator(mode="after")
    def _fits(self) -> "WorkflowRecipe":
        if self.dp is not None and self.kind != "generator":
            msg = "dp is for kind = 'generator': a reranker's rows hold several documents"
            raise ValueError(msg)
        return self


def load_workflow(path: Path | None) -> WorkflowRecipe:
    """The recipe in a file; without one all defaults. Raises SettingsError, naming the key."""
    if path is None:
        return WorkflowRecipe()
    values = read_toml(path)
    for name in ("questions", "training"):
        if isinstance(values.get(name), str):
            values[name] = path.absolute().parent / values[name]
    return checked(WorkflowRecipe, values, table="recipe")


def file_sha256(path: Path | None) -> str:
    """Of a recipe's file; empty for the shipped one. Raises SettingsError."""
    try:
        return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"the recipe {str(path)!r} cannot be read ({type(error).__name__})"
        raise SettingsError(message) from None
