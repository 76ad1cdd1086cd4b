"""Where an exception was raised: what may be told of one whose message may hold private text."""

from pathlib import Path


def place_of(error: BaseException) -> str:
    """The innermost `file:line` of its traceback; `unknown` without one."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
