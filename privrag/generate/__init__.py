"""Who writes the answer: a server with OpenAI's chat protocol, or a model in this process."""

from pathlib import Path

from privrag.generate.protocol import (
    CompleteOptions,
    Completer,
    GenerateOptions,
    GenerateSettings,
    Generator,
    LikelihoodModel,
)

__all__ = [
    "CompleteOptions",
    "Completer",
    "GenerateOptions",
    "GenerateSettings",
    "Generator",
    "LikelihoodModel",
    "open_generator",
]


def open_generator(settings: GenerateSettings, *, cache: Path) -> Generator:
    """The backend that the settings name; nothing is loaded or connected yet."""
    if settings.base_url is not None:
        from privrag.generate.openai_http import OpenAIGenerator

        return OpenAIGenerator(settings)
    from privrag.generate.local import LocalGenerator

    return LocalGenerator(settings, cache=cache)
