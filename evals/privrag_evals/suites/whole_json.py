"""The one object of a JSON file, for layouts that are told by its fields."""

import json
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag_evals.whole_text import refuse_half_characters


def whole_json(path: Path) -> dict[str, Any]:
    """The object, or {} if the file holds something else. Raises EvaluationError if unreadable."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{path.name} cannot be read: {error.strerror}") from None
    except ValueError:
        return {}
    refuse_half_characters(value, path.name)
    return value if isinstance(value, dict) else {}
