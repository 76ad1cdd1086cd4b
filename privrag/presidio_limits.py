"""How long Presidio may search one text with one pattern: its own limit is a minute.

It reads the limit from the environment when it is imported. What is set there already does not win:
a larger value would let one text stop a sync, a smaller one would drop more of what it finds.
"""

import os
import sys

REGEX_TIMEOUT_SECONDS = 2
_NAME = "REGEX_TIMEOUT_SECONDS"


def limit_presidio() -> None:
    """Set the limit, also where Presidio was imported before; call it before importing Presidio."""
    os.environ[_NAME] = str(REGEX_TIMEOUT_SECONDS)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "presidio_analyzer" and hasattr(module, _NAME):
            setattr(module, _NAME, REGEX_TIMEOUT_SECONDS)
