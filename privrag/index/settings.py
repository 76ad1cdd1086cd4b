"""The settings of the index; a file of its own because both backends read them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from privrag.offline import check_address

Language = Literal[
    "arabic",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hungarian",
    "italian",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "spanish",
    "swedish",
    "turkish",
]
"""Languages for which the engine has both a stemmer and a list of stop words."""


class IndexSettings(BaseModel):
    """The table `[index]`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    url: str | None = None
    """Address of a Qdrant server, e.g. `http://127.0.0.1:6333` (the port, if left out, is 6333).
    None: the embedded engine in the home, for one process at a time."""

    api_key: SecretStr | None = None
    """Key for the server (`PRIVRAG_INDEX__API_KEY`); has no TOML spelling."""

    collection_name: str = Field(default="privrag", pattern=r"^[A-Za-z0-9_-]{1,128}$")
    """Collection on the server. The embedded engine has one index per home and needs no name."""

    language: Language = "english"
    """Language of the documents: decides which endings and stop words the BM25 leg ignores. Fixed
    once the index is filled."""

    timeout_seconds: int = Field(default=30, ge=1, le=600)
    """Longest wait for one answer of the server, in seconds (1 to 600). Bulk writes of wide
    vectors need several; a search takes milliseconds."""

    @field_validator("url")
    @classmethod
    def _is_http_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        check_address("index.url", url)
        return url
