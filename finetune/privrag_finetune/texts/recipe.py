"""The recipe of a base tuned on plain texts: a generator's, with what texts need besides."""

from typing import Literal

from pydantic import Field, model_validator

from privrag_finetune.generator.recipe import GeneratorRecipe

_FOR_PASSAGES = {"abstain", "examples"}
_FOR_PRIVACY = {"report", "canaries", "private_epochs"}


class TextRecipe(GeneratorRecipe):
    """How a base is tuned on texts; the shipped values and their reasons are in `text.toml`."""

    style: Literal["auto", "chat", "plain"] = "auto"
    """Of a causal base: `chat` shows the text by the tokenizer's chat template (with `instructions`
    as its system message), `plain` shows `template` alone; `auto`: `chat` where there is one."""
    template: str | None = None
    """What the model is shown; `{text}` stands for the text (`"grammar: {text}"`). None: the text
    alone, in plain style with a line break behind it."""
    labels: int = Field(default=32, ge=2, le=1000)
    """Different targets at most that an encoder learns to tell apart (2-1000)."""
    answer_tokens: int = Field(default=256, ge=1, le=8192)
    """Tokens that are written at most when the tuned model is measured (1-8192)."""
    measured: int = Field(default=200, ge=1)
    """Texts of the test split that it writes to then (from 1); an encoder reads all of them."""

    @model_validator(mode="after")
    def _is_for_texts(self) -> "TextRecipe":
        if self.template is not None and "{text}" not in self.template:
            raise ValueError("template has no {text}, so the model would not see the text")
        if named := sorted(_FOR_PASSAGES & self.model_fields_set):
            raise ValueError(f"{', '.join(named)}: for answers from passages, not for texts")
        if named := sorted(_FOR_PRIVACY & self.model_fields_set):
            raise ValueError(
                f"{', '.join(named)}: for a generator's privacy report and --dp, which texts do "
                "not have"
            )
        return self
