"""What was seen before is not read again, and nothing else changes."""

import pytest

from privrag.errors import PseudonymError
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.packed import pack
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.remembered import Remembered
from privrag.records import Entity


class CountingChild:
    """Finds the whole of each block and notes what it was asked."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.messages = []

    def request(self, message, *, timeout_seconds):
        self.messages.append(message)
        if self.failures:
            return self.failures.pop(0)
        return pack([[Entity("ID", 0, len(text), 0.5, "t")] for _, text in message["blocks"]])

    def close(self):
        pass


@pytest.fixture
def child():
    return CountingChild()


@pytest.fixture
def pool(child):
    with DetectorPool(DetectSettings(workers=1), children=[child]) as made:
        yield made


PAGE = [("heading", "Zolta Quirm"), ("paragraph", "Zolta Quirm is here.")]


def test_a_document_that_was_read_before_is_not_read_again(pool, child):
    first = pool.submit(PAGE).result()
    assert pool.submit(list(PAGE)).result() == first
    assert list(pool.detect_many([PAGE, PAGE])) == [first, first]
    assert len(child.messages) == 1


@pytest.mark.parametrize(
    "other",
    [
        [("paragraph", "Zolta Quirm"), ("paragraph", "Zolta Quirm is here.")],
        [("heading", "Zolta Quirm"), ("paragraph", "Zolta Quirm is here")],
        [("heading", "Zolta Quirmparagraph"), ("paragraph", "Zolta Quirm is here.")],
        PAGE[::-1],
        PAGE[:1],
    ],
)
def test_another_kind_order_or_letter_is_another_document(pool, child, other):
    pool.submit(PAGE).result()
    pool.submit(other).result()
    assert len(child.messages) == 2


def test_a_question_is_always_read_and_never_remembered(pool, child):
    pool.submit(PAGE).result()
    pool.detect(PAGE)
    pool.detect(PAGE)
    assert [message["remember"] for message in child.messages] == [True, False, False]


def test_a_failure_is_not_remembered():
    child = CountingChild({"error": "it failed", "type": "PseudonymError"})
    with DetectorPool(DetectSettings(workers=1), children=[child]) as pool:
        with pytest.raises(PseudonymError):
            pool.submit(PAGE).result()
        assert len(pool.submit(PAGE).result()) == 2


def test_who_changes_a_result_changes_no_later_one(pool):
    pool.submit(PAGE).result()[0].clear()
    assert len(pool.submit(PAGE).result()[0]) == 1


def test_no_text_is_held():
    seen = Remembered(most=10)
    key = seen.key_of(["Zolta Quirm"])
    seen.put(key, [("PERSON", 0, 11)], weight=1)
    assert len(key) == 16
    assert "Quirm" not in repr(vars(seen))
    assert Remembered(most=10).key_of(["Zolta Quirm"]) != key


def test_the_least_recently_used_goes_first():
    seen = Remembered(most=4)
    for name in ("a", "b"):
        seen.put(name.encode(), name, weight=2)
    assert seen.get(b"a") == "a"
    seen.put(b"c", "c", weight=1)
    assert [seen.get(name) for name in (b"a", b"b", b"c")] == ["a", None, "c"]
    seen.put(b"c", "d", weight=2)
    assert (seen.get(b"a"), seen.get(b"c")) == ("a", "d")
    seen.put(b"huge", "x", weight=5)
    assert seen.get(b"huge") is None
    assert len(seen) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_remembering_finds_what_reading_finds():
    footer = "Vandermolen Ltd, Kiel. Questions go to Zolta Quirm or to Mika Aaltokorpi in Lyon."
    documents = [
        [("paragraph", f"Sarah Whitfield wrote report {n % 3} in Lyon."), ("paragraph", footer)]
        for n in range(9)
    ]
    plain, remembering = Detector(DetectSettings()), Detector(DetectSettings())
    expected = [plain.detect(blocks) for blocks in documents]
    assert [remembering.detect(blocks, remember=True) for blocks in documents] == expected
    assert [remembering.detect(blocks, remember=True) for blocks in documents] == expected
    assert all(entities for blocks in expected for entities in blocks)
