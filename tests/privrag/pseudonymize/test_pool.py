"""The pool over scripted children: order, retries, and errors instead of misses."""

import pytest
from pydantic import ValidationError

from privrag.child import ChildDiedError, ChildTimeoutError
from privrag.errors import ModelError, PseudonymError
from privrag.pseudonymize.packed import pack
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings
from privrag.records import Entity

SETTINGS = DetectSettings(workers=1)


class ScriptedChild:
    """Answers with what stands in its script; an exception is raised. Then it echoes lengths."""

    def __init__(self, *script):
        self.script = list(script)
        self.requests = 0
        self.closed = 0

    def request(self, message, *, timeout_seconds):
        self.requests += 1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            return step
        return pack([[Entity("ID", 0, len(text), 0.5, "t")] for _, text in message["blocks"]])

    def close(self):
        self.closed += 1


def lengths(result):
    return [entity.end for entities in result for entity in entities]


def test_results_come_in_the_order_of_the_documents():
    with DetectorPool(SETTINGS, children=[ScriptedChild(), ScriptedChild()]) as pool:
        documents = [[("paragraph", "x" * n)] for n in range(1, 30)]
        assert [lengths(r) for r in pool.detect_many(documents)] == [[n] for n in range(1, 30)]


def test_a_document_is_tried_once_more_after_its_child_died():
    child = ScriptedChild(ChildDiedError("gone", -9))
    with DetectorPool(SETTINGS, children=[child]) as pool:
        assert lengths(pool.detect([("paragraph", "abc")])) == [3]
    assert child.requests == 2


@pytest.mark.parametrize("error", [ChildDiedError("gone", -9), ChildTimeoutError("slow")])
def test_a_child_that_fails_twice_is_an_error_not_an_empty_result(error):
    child = ScriptedChild(error, error)
    with DetectorPool(SETTINGS, children=[child]) as pool:
        with pytest.raises(PseudonymError, match="2 times"):
            pool.detect([("paragraph", "Zolta Quirm")])
        assert lengths(pool.detect([("paragraph", "abc")])) == [3]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"names": [], "entities": []},
        {"names": [], "entities": None},
        {"names": [], "entities": [None]},
        {"names": ["ID", "t"], "entities": [[0, 0, 3, 0.5]]},
    ],
)
def test_an_answer_that_misses_blocks_is_an_error(answer):
    with (
        DetectorPool(SETTINGS, children=[ScriptedChild(answer)]) as pool,
        pytest.raises(PseudonymError),
    ):
        pool.detect([("paragraph", "abc")])


@pytest.mark.parametrize(
    ("kind", "error"), [("ModelError", ModelError), ("ValueError", PseudonymError)]
)
def test_what_failed_in_the_child_fails_in_the_parent(kind, error):
    child = ScriptedChild({"error": "it failed", "type": kind})
    with DetectorPool(SETTINGS, children=[child]) as pool, pytest.raises(error, match="it failed"):
        pool.detect([("paragraph", "abc")])


def test_closing_twice_is_no_error():
    child = ScriptedChild()
    pool = DetectorPool(SETTINGS, children=[child])
    pool.close()
    pool.close()
    assert child.closed


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("[a-", "is no regular expression: unterminated character set at 3"),
        (r"\p{Quirm}", "is no regular expression: unknown property"),
        ("x*", "empty"),
        ("(" * 3000 + ")" * 3000, "nests too deeply"),
    ],
)
def test_a_bad_pattern_is_refused_by_name(pattern, word):
    with pytest.raises(ValidationError, match=f"`matter`.*{word}"):
        DetectSettings(patterns={"matter": pattern})


def test_unknown_phone_region_is_refused():
    with pytest.raises(ValidationError, match="ISO country codes"):
        DetectSettings(countries=("Germany",))


def test_every_setting_is_documented():
    assert all(field.description for field in DetectSettings.model_fields.values())


def test_a_child_that_read_a_large_document_makes_room(monkeypatch):
    monkeypatch.setattr("privrag.pseudonymize.pool._LARGE_CHARACTERS", 10)
    child = ScriptedChild()
    with DetectorPool(SETTINGS, children=[child]) as pool:
        assert lengths(pool.detect([("paragraph", "x" * 10)])) == [10]
        assert child.closed == 0
        assert lengths(pool.detect([("paragraph", "x" * 11)])) == [11]
        assert child.closed == 1
        assert lengths(pool.detect([("paragraph", "abc")])) == [3]
