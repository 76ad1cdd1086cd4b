"""Where nearly all questions fail for one reason, the likely cause is named."""

import re

import pytest

from privrag_finetune.questions.causes import likely_cause, none_kept


@pytest.mark.parametrize(
    ("dropped", "style", "said"),
    [
        ({"length": 9, "unsafe": 1}, "chat", "'length': a base model.*style = 'complete'"),
        ({"unreadable": 10}, "chat", "style = 'complete'"),
        ({"unreadable": 8, "length": 2}, "complete", "style = 'chat'"),
        ({"round_trip": 10}, "chat", "docs/training.md"),
    ],
)
def test_one_reason(dropped, style, said):
    cause = likely_cause(dropped, 10, style)
    assert cause is not None
    assert re.search(said, cause)
    assert cause in none_kept(dropped, style)


def test_several_reasons_have_no_one_cause():
    assert likely_cause({"length": 7, "unsafe": 3}, 10, "chat") is None
    assert likely_cause({"length": 7}, 10, "chat") is None, "the others were kept"
    assert likely_cause({}, 0, "chat") is None
