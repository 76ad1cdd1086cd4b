"""Limits of one parse. They protect the host from untrusted files, not the reader from length."""

from pydantic import BaseModel, ConfigDict, Field


class ParseSettings(BaseModel):
    """The table `[parse]` of `privrag.toml`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    """Wall-clock seconds one file may take, start of the child included. An 870-page Word file
    takes 1.5 s, 500 pages of PDF 2 s, but 35 s if each page has a ruled table."""

    max_memory_mb: int = Field(default=1200, ge=512, le=65_536)
    """Megabytes of address space of the child. Ordinary files need 180 to 400 (a third of it real
    memory); the default leaves room for an unusually large one and protects a 4 GB machine. A child
    that has come to hold half of it is replaced."""

    max_file_mb: int = Field(default=50, ge=1, le=2048)
    """Megabytes on disk; a larger file is refused before it is read."""

    max_unpacked_mb: int = Field(default=500, ge=1, le=16_384)
    """Megabytes a ZIP-based file (docx, xlsx, epub, ...) may unpack to, by its own directory."""

    max_characters: int = Field(default=10_000_000, ge=1, le=200_000_000)
    """Characters of parsed text; about 4,000 printed pages. A larger text is refused, not cut."""

    max_attachment_depth: int = Field(default=2, ge=0, le=10)
    """How deep attachments of mails are opened: 1 = the mail's own, 2 = those of a mail that is
    attached to it. Deeper ones are named but not read."""
