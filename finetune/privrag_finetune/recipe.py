"""Recipes of the retrieval models: TOML beside the code, each value with its reason."""

import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privrag.errors import SettingsError

R = TypeVar("R", bound=BaseModel)
_FOLDER = Path(__file__).parent / "recipes"


class Recipe(BaseModel):
    """What the trainings of embedder and reranker have in common."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    epochs: int = Field(ge=1, le=100)
    """Times that every example is seen at most (1-100); the best step counts."""
    batch_size: int = Field(ge=2, le=1024)
    """Examples in one step (2-1024)."""
    learning_rate: float = Field(gt=0, le=0.1)
    """Of AdamW, at its highest."""
    warmup: float = Field(ge=0, lt=1)
    """Share of the steps in which the rate rises (0-1)."""
    hard_negatives: int = Field(ge=0, le=100)
    """Passages that retrieval ranks high and that answer another question, for each example."""
    evaluations: int = Field(default=4, ge=1, le=100)
    """Times that validation is asked in an epoch (1-100)."""
    patience: int = Field(default=4, ge=1, le=100)
    """Evaluations without a better nDCG@10 after which training ends (1-100)."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`auto` computes in bf16 where the machine does; weights stay in fp32."""


class EmbedderRecipe(Recipe):
    """How an embedder is trained."""

    scale: float = Field(gt=0, le=100)
    """Cosines are multiplied by it: 1 / temperature."""


class RerankerRecipe(Recipe):
    """How a reranker is trained."""

    random_negatives: int = Field(ge=0, le=100)
    """Other passages of the group, so that easy ones do not become hard."""
    validation_questions: int = Field(default=100, ge=1)
    """Questions asked in each evaluation (from 1)."""
    validation_passages: int = Field(default=30, ge=2, le=200)
    """Passages of each that are ranked (2-200): as many as are reranked when it is served."""
    max_tokens: int = Field(default=192, ge=16, le=8192)
    """Tokens that it reads of question and passage together (16-8192); the rest is cut off, and
    `cut` counts the pairs that are longer."""


def read_recipe(kind: type[R], name: str, path: Path | None) -> R:
    """The shipped recipe of this name, with what `path` says instead. Raises SettingsError."""
    values = read_toml(_FOLDER / f"{name}.toml") | (read_toml(path) if path else {})
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        called = path.name if path else name
        raise SettingsError(f"the recipe {called}: {key}: {first['msg']}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """What stands in the file of a recipe. Raises SettingsError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"the recipe {str(path)!r} cannot be read ({type(error).__name__})"
        raise SettingsError(message) from None
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise SettingsError(f"the recipe {str(path)!r} is not valid TOML ({where})") from None
