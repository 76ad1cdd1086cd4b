"""What is suggested lowers the score by what is said, and nothing else is suggested."""

import re
import tomllib

import pytest

from privrag.pseudonymize import DetectSettings
from privrag.records import Entity
from privrag.risk import risks, suggest

STORY = "PERSON_4SD2GZD3 was hired on 3 May 1981 near Ribe. "
MANUAL = "The charging station of Zolta Werke was tested on 3 May 1981 and is sound. " * 12


class Finds:
    """Finds dates of May, and the words it was told, as PERSON, LOCATION or whatever."""

    def __init__(self, **labels: str) -> None:
        self._patterns = {label: re.compile(words) for label, words in labels.items()}

    def detect(self, blocks):
        return [
            sorted(
                (
                    Entity(label, m.start(), m.end(), 1.0, "fake")
                    for label, pattern in self._patterns.items()
                    for m in pattern.finditer(text)
                ),
                key=lambda entity: entity.start,
            )
            for _, text in blocks
        ]


DATES = Finds(DATE=r"\d+ May \d{4}", LOCATION="Ribe|Zolta Werke")


def suggested(settings, detector=DATES, **texts):
    blocks = {name: [("paragraph", text)] for name, text in texts.items()}
    return suggest(blocks, only=list(texts), detector=detector, settings=settings)


def test_a_type_that_is_kept_is_suggested_hidden_with_the_score_of_that_text():
    kept = DetectSettings(actions={"DATE": "keep"})
    found = {one.toml: one for one in suggested(kept, a=STORY)}
    hidden = found['[pseudonymize.actions]\nDATE = "pseudonymize"']
    (now,) = risks([("a", STORY)])
    (then,) = risks([("a", STORY.replace("3 May 1981", "§"))])
    assert hidden.before == now.score
    assert hidden.scores == {"a": then.score}
    assert hidden.after < hidden.before


def test_a_quarter_that_others_share_tells_less_than_the_day_but_more_than_nothing():
    kept = DetectSettings(actions={"DATE": "keep"}, quasi="always")
    days = {
        n: f"PERSON_4SD2GZD3 was hired on {d} May 1981." for n, d in zip("abc", "345", strict=True)
    }
    found = {one.toml.split()[-1]: one for one in suggested(kept, **days)}
    assert (
        found['"pseudonymize"'].after < found['"generalise"'].after < found['"generalise"'].before
    )


def test_a_document_about_nobody_needs_quasi_always_and_then_nothing_is_left_of_it():
    first, *_ = suggested(DetectSettings(), a=MANUAL)
    assert first.toml.startswith('[pseudonymize]\nquasi = "always"')
    (then,) = risks([("a", MANUAL.replace("3 May 1981", "§").replace("Zolta Werke", "§"))])
    assert first.scores["a"] == pytest.approx(then.score)


def test_an_action_alone_does_nothing_for_a_document_about_nobody():
    kept = DetectSettings(actions={"DATE": "keep"})
    assert not any("DATE" in one.toml for one in suggested(kept, a=MANUAL))


def test_what_no_type_covers_goes_into_a_word_list_that_settings_accept():
    one = suggested(DetectSettings(quasi="always"), Finds(), a="PERSON_4SD2GZD3 and Zolta Quirm.")[
        0
    ]
    table = tomllib.loads(one.toml)["pseudonymize"]
    assert table["word_lists"]["from_risk"]["words"] == ["zolta quirm"]
    assert DetectSettings(**table).word_lists["from_risk"].label == "ID"
    assert one.after == 0.0


def test_pseudonyms_are_nothing_to_replace_and_no_documents_need_nothing():
    person = Finds(PERSON=r"PERSON_\w+")
    assert suggested(DetectSettings(actions={"PERSON": "keep"}), person, a="PERSON_4SD2GZD3.") == []
    assert suggest({}, only=[], detector=DATES, settings=DetectSettings()) == []


def test_rare_words_are_listed_only_where_the_index_is_large_enough_to_tell():
    texts = {f"d{n}": "PERSON_4SD2GZD3 pays the rent." for n in range(99)}
    blocks = {name: [("paragraph", text)] for name, text in texts.items()}
    blocks["a"] = [("paragraph", "PERSON_4SD2GZD3 is our falconer.")]
    always = DetectSettings(quasi="always")
    (one,) = suggest(blocks, only=["a"], detector=Finds(), settings=always)
    assert "falconer" in one.toml
    del blocks["d0"]
    assert suggest(blocks, only=["a"], detector=Finds(), settings=always) == []


def test_what_is_a_pseudonym_today_is_never_made_coarser():
    shared = [f"{MANUAL} Tested on {day} May 1981 by them." for day in (5, 6)]
    apart = dict(zip("ab", shared, strict=True))
    assert any("generalise" in one.toml for one in suggested(DetectSettings(), **apart))
    hidden = apart | {"c": "It was signed on DATE_4SD2GZD3."}
    assert not any("generalise" in one.toml for one in suggested(DetectSettings(), **hidden))


def test_a_detector_that_leaves_out_a_block_is_an_error():
    """Its entities would be taken for those of another block, and the last one for clean."""

    class Short(Finds):
        def detect(self, blocks):
            return super().detect(blocks)[:-1]

    with pytest.raises(ValueError, match="zip"):
        suggested(DetectSettings(), Short(), a=STORY)
