"""Parsing: a file of any supported format to a `Document`, in a child process under limits."""

from privrag.parse.formats import supported_suffixes
from privrag.parse.isolated import ParseWorker
from privrag.parse.piece import Parser
from privrag.parse.settings import ParseSettings

__all__ = ["ParseSettings", "ParseWorker", "Parser", "supported_suffixes"]
