"""Names in emphasis are found as they are without it, and the text keeps its marks."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.emphasis import without_emphasis
from privrag.records import Entity


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Notes by *Zolta Quirm*.", "Notes by Zolta Quirm."),
        ("**Re:** Zolta (*staff*)", "Re: Zolta (staff)"),
        ("__Zolta Quirm__ (the 'Tenant')", "Zolta Quirm (the 'Tenant')"),
        ("**bold *and more*** ~~gone~~", "bold and more gone"),
        ("**Zol**ta, *Bram*'s, **A B**/**C D**", "Zolta, Bram's, A B/C D"),
        ("| **Name** | *Zolta* |", "| Name | Zolta |"),
        ("<b>Zolta</b> `Zolta Quirm`", "Zolta Zolta Quirm"),
        ("badge `00417`, `EMP-0417`", "badge 00417, EMP-0417"),
        ("see [*Zolta* Q](x/_y_) ![a b](c)", "see Zolta Q – x/_y_) a b – c)"),
        ("a **wrapped\nname** here", "a wrapped\nname here"),
    ],
)
def test_marks_around_words_are_left_out(text, plain):
    assert without_emphasis(text).text == plain


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4, 2**3**4, a*b*c",
        "snake_case and some_other_name, $my_var_x",
        "*.py and *.md, src/**/test_*.py",
        "* one\n* two",
        "***\n\n---\n\n___",
        "| --- | :-: |",
        "f(*args, **kwargs)",
        "a[0](x), [1], - [ ] do, `200 OK` and `404`",
        "`a *b* c` and ``**x**`` and `Zolta`",
        "```\n**x** = *y*\n```",
        r"\*not this\*",
        "a footnote* and another *one",
        "*one\n\ntwo*",
        "Name: ____Zolta____",
        "https://example.org/_a_/x?b=_c_",
        "_zolta_@example.org",
    ],
)
def test_other_signs_stay(text):
    assert without_emphasis(text).text == text


PARTS = ["[", "](", "ab", "Cd", "*", "**", "_", "`", " ", "7", ".", "...", "<b>"]


@given(st.lists(st.sampled_from(PARTS), max_size=9))
@example(["ab", "...", "["])
def test_what_was_found_is_moved_back_to_where_it_stands(parts):
    text = "".join(parts)
    whole = join_cut_words(text, signs=False)
    for start in range(len(whole.text)):
        for end in range(start + 1, len(whole.text) + 1):
            (moved,) = whole.spread([Entity("ID", start, end, 1.0, "test")])
            surface = text[moved.start : moved.end]
            kept = iter(surface)
            read = whole.text[start:end].translate(dict.fromkeys(map(ord, " –:")))  # put in
            assert all(sign in kept for sign in read)  # in this order


def test_a_mark_around_a_name_stays_and_one_inside_goes_with_it():
    text = "**Zolta Quirm** and *Zolta* **Quirm**"
    whole = join_cut_words(text, signs=False)
    assert whole.text == "Zolta Quirm and Zolta Quirm"
    moved = whole.spread([Entity("PERSON", a, a + 11, 1.0, "test") for a in (0, 16)])
    assert [text[e.start : e.end] for e in moved] == ["Zolta Quirm", "*Zolta* **Quirm**"]


@pytest.fixture(scope="module")
def detector():
    return Detector()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Notes by *Henrietta Quackenbush*.", "Henrietta Quackenbush"),
        ("Please ask **Xiomara Etxeberria** about the visa.", "Xiomara Etxeberria"),
        ('__Oluwaseun Adebayo-Finch__ (the "Consultant")', "Oluwaseun Adebayo-Finch"),
        (
            "between Quillhaven Ltd. and **Zdzisława Brzęczyszczykiewicz**, born 1 May 1979",
            "Zdzisława Brzęczyszczykiewicz",
        ),
        ("Raised by **Tanisha Oyelowo-Brandt** last week.", "Tanisha Oyelowo-Brandt"),
        ("It was heard by *Marguerite Delacroix*.", "Marguerite Delacroix"),
        ("**Re:** Oyelaran Babajide (staff)", "Oyelaran Babajide"),
        ("**Candidate** Mbali Dlamini-Krüger", "Mbali Dlamini-Krüger"),
        ("Who is **Henrietta Quackenbush**?", "Henrietta Quackenbush"),
        ("<b>Xiomara Etxeberria</b> was heard.", "Xiomara Etxeberria"),
        ("See [Xiomara Etxeberria](https://example.org/a).", "Xiomara Etxeberria"),
    ],
)
def test_a_name_in_emphasis_is_found_and_keeps_its_marks(detector, text, name):
    (found,) = detector.detect([("paragraph", text)])
    assert name in [text[e.start : e.end] for e in found if e.label == "PERSON"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", ["Re: Annual Leave", "Re: Project Plan (draft)", "**Re:** Budget"])
def test_a_topic_is_no_person(detector, text):
    assert detector.detect([("paragraph", text)]) == [[]]
