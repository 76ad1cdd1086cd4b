"""Files of marked texts in the three formats. Everybody is invented."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.pii.data import GoldSpan, read_gold, without_overlap

TEXT = "Zolta Quirm met Bo Tann."
OURS = {"text": TEXT, "spans": [{"start": 0, "end": 11, "label": "PERSON", "entity": "a"}]}
TAB = {
    "text": TEXT,
    "entities": [
        {"start_offset": 16, "end_offset": 23, "entity_type": "PERSON", "entity_id": "b",
         "identifier_type": "NO_MASK"},
        {"start_offset": 0, "end_offset": 11, "entity_type": "DEM", "entity_id": "a",
         "identifier_type": "DIRECT"},
    ],
}  # fmt: skip
PRESIDIO = [
    {
        "full_text": TEXT,
        "spans": [{"start_position": 0, "end_position": 11, "entity_type": "STREET_ADDRESS"}],
    }
]


def written(tmp_path, content):
    file = tmp_path / "texts.jsonl"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


@pytest.mark.parametrize(
    ("content", "spans"),
    [
        (OURS, (GoldSpan(0, 11, "PERSON", "a"),)),
        (
            TAB,
            (GoldSpan(0, 11, "GROUP", "a", "DIRECT"), GoldSpan(16, 23, "PERSON", "b", "NO_MASK")),
        ),
        (PRESIDIO, (GoldSpan(0, 11, "ADDRESS"),)),
    ],
)
def test_the_file_tells_its_format_and_types_are_ours(tmp_path, content, spans):
    (gold,) = read_gold(written(tmp_path, content))
    assert (gold.text, gold.spans) == (TEXT, spans)


def test_a_type_that_we_do_not_have_counts_as_misc(tmp_path):
    content = {"text": TEXT, "spans": [{"start": 0, "end": 5, "label": "BLOOD_GROUP"}]}
    assert read_gold(written(tmp_path, content))[0].spans[0].label == "MISC"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "no json",
        '{"text": 1, "spans": []}',
        '{"text": "x"}',
        '{"text": "x", "spans": [{}]}',
        '{"text": "x", "spans": [{"start": 0, "end": 9, "label": "PERSON"}]}',
        '{"text": "x", "entities": [{"start_offset": 0}]}',
        '[{"full_text": "x"}]',
        '[{"full_text": "x", "spans": [{}]}]',
        '{"id": "1", "text": "x", "spans": []}\n{"id": "1", "text": "y", "spans": []}',
    ],
)
def test_a_file_of_another_kind_is_one_line_that_names_it(tmp_path, content):
    with pytest.raises(EvaluationError, match=r"^texts\.jsonl[^\n]+$"):
        read_gold(written(tmp_path, content))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EvaluationError, match=r"^none\.jsonl cannot be read"):
        read_gold(tmp_path / "none.jsonl")


def test_of_two_spans_that_overlap_the_longer_stays():
    spans = [GoldSpan(0, 5, "PERSON"), GoldSpan(3, 12, "ORG"), GoldSpan(13, 15, "AGE")]
    assert without_overlap(spans) == spans[1:]
