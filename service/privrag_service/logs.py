"""Structured logs: one JSON object a line on standard error. Never a body, a query or a raw path.

An exception is logged as its type and the place it came from. Its message is left out: a foreign
library may have put private text in it, and so may a traceback.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from privrag.raised import place_of
from privrag.request_id import request_id

_logger = logging.getLogger("privrag_service")


class JsonLines(logging.Formatter):
    """Writes time, level, event and the fields given to `log_event`.

    Of asyncio, whose message quotes the exception of a lost task, only that it spoke.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line; `record.exc_info` is reduced to type and place."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": "asyncio" if record.name == "asyncio" else record.getMessage().strip(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= type_and_place(record.exc_info[1])
        return json.dumps(line)


def configure_logging(stream: TextIO = sys.stderr) -> None:
    """Send our log, the core's and the server's to one stream, as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name in ("privrag_service", "privrag", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO if name.startswith("privrag") else logging.WARNING)
        logger.propagate = False


def log_event(event: str, **fields: object) -> None:
    """Log that something happened. Give ids, counts and durations, never content."""
    _logger.info(event, extra={"fields": fields})


def log_warning(event: str, **fields: object) -> None:
    """Log what somebody should look at."""
    _logger.warning(event, extra={"fields": fields})


def log_failure(error: BaseException) -> None:
    """Log an unexpected exception: its type and place."""
    _logger.error("failure", extra={"fields": type_and_place(error)})


def type_and_place(error: BaseException) -> dict[str, object]:
    """The exception's class and the innermost `file:line` of its traceback."""
    return {"error": type(error).__qualname__, "place": place_of(error)}
