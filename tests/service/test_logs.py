"""The log tells type and place of what went wrong, whoever logs it."""

import asyncio
import gc
import io
import json
import logging

import pytest

from privrag_service.logs import configure_logging


@pytest.fixture
def stream():
    names = ("privrag_service", "privrag", "uvicorn.error", "asyncio")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one.handlers, one.level, one.propagate) for one in loggers]
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def test_a_task_whose_exception_nobody_fetched_is_told_without_its_words(stream):
    async def fail():
        raise ValueError("Marta Lindqvist")

    async def work():
        lost = asyncio.create_task(fail())
        await asyncio.wait({lost})

    asyncio.run(work())
    gc.collect()
    [line] = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["level"], line["error"]) == ("asyncio", "error", "ValueError")
    assert line["place"].startswith("test_logs.py:")
    assert "Marta" not in stream.getvalue()
