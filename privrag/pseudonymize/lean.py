"""What a detection child does before it loads spaCy, to start sooner and read faster.

Each is for a process of its own: none can be taken back.
"""

import sys
from types import ModuleType


def forbid_torch() -> None:
    """Make these imports fail: spaCy drags them in (200 MB, seconds)."""
    for name in ("torch", "tensorflow", "mxnet", "cupy", "transformers", "stanza"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def leave_presidio_out() -> None:
    """Answer in Presidio's place when spaCy asks every package for its pipes.

    Importing all of Presidio for that was a quarter of a child's start.
    """
    entry = ModuleType("presidio_analyzer.nlp_engine.huggingface_token_pipe")
    entry.create_huggingface_token_pipe = None  # type: ignore[attr-defined]
    sys.modules.setdefault(entry.__name__, entry)


def multiply_with_numpy() -> None:
    """Let numpy multiply instead of BLIS: the same names in a seventh less time."""
    try:
        from thinc.api import NumpyOps, set_current_ops
    except ImportError:
        return  # loading the model says what is missing
    set_current_ops(NumpyOps(use_blis=False))
