from dataclasses import replace

import pytest

from privrag.index.protocol import LegHits
from privrag.records import Chunk, Hit, SafeText, Source, Viewer
from privrag.retrieve import RetrieveSettings, fuse, named_in_clear, scope_of

SOURCE = Source("doc", "version", "default", "main", ("*",))
ANN = "PERSON_4SD2GZD3"


def hit(name: str, *ids: str) -> Hit:
    chunk = Chunk(name, SOURCE, SafeText(name), SafeText(""), 0, 1, None, "paragraph", (),
                  frozenset(ids))  # fmt: skip
    return Hit(chunk, 1.0, "dense")


def fused(
    dense: str, sparse: str, *, ids: str = "", wanted: frozenset[str] = frozenset(), **weights
):
    legs = LegHits(
        tuple(hit(n) for n in dense), tuple(hit(n) for n in sparse), tuple(hit(n, ANN) for n in ids)
    )
    return fuse(legs, wanted, RetrieveSettings(**weights))


def test_ranks_are_fused_as_in_the_paper():
    best, second, third = fused("ab", "bc")
    assert [h.chunk.id for h in (best, second, third)] == ["b", "a", "c"]
    assert best.score == pytest.approx(1 / 62 + 1 / 61)
    assert second.score == pytest.approx(1 / 61)


def test_a_leg_of_weight_zero_is_left_out():
    assert [h.chunk.id for h in fused("ab", "c", dense_weight=0)] == ["c"]


def test_an_exact_id_lifts_a_chunk_over_one_that_leads_a_leg():
    hits = fused("ab", "ab", ids="z", wanted=frozenset({ANN}))
    assert [h.chunk.id for h in hits] == ["a", "z", "b"]
    assert hits[1].score == pytest.approx(2 / 61)


def test_half_of_the_ids_give_half_of_the_lift():
    hits = fused("", "", ids="z", wanted=frozenset({ANN, "ID_00000000"}))
    assert hits[0].score == pytest.approx(1 / 61)


def test_equal_scores_come_in_the_order_of_ids():
    assert [h.chunk.id for h in fused("b", "a")] == ["a", "b"]


def test_nothing_found_gives_nothing():
    assert fused("", "") == []


def test_a_viewer_searches_own_collections_and_acl():
    ann = Viewer("ann", frozenset({"hr"}), collections=frozenset({"main", "hr"}))
    scope = scope_of(ann)
    assert scope.collections == ("hr", "main")
    assert scope.principals == ("*", "group:hr", "user:ann")
    assert scope_of(ann, "hr").collections == ("hr",)


def test_a_collection_that_is_not_the_viewers_holds_nothing():
    ann = Viewer("ann", collections=frozenset({"main"}))
    assert scope_of(ann, "hr").collections == ()


def test_the_owner_is_not_asked_for_an_acl_but_stays_in_the_tenant():
    scope = scope_of(Viewer("owner", tenant="acme", owner=True))
    assert (scope.tenant, scope.collections, scope.principals) == ("acme", None, None)
    assert scope_of(replace(Viewer("x"), owner=False)).principals == ("*", "user:x")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What happened on 12 March 1998 in Aarhus?", {"12 march 1998", "aarhus"}),
        ("Where is the Court of Appeal of North Jutland?", {"court of appeal of north jutland"}),
        ("What does PERSON_4SD2GZD3 say about the EU?", {"eu"}),
        ("Who paid 1,250.50 to Berg & Co, I ask?", {"1,250.50", "berg", "co"}),
        ("what is a lease", set()),
        ("Rent", set()),
        ("", set()),
    ],
)
def test_what_a_question_names_in_clear(question, named):
    assert named_in_clear(SafeText(question)) == named


def test_a_chunk_with_the_very_date_is_lifted_over_one_with_its_parts():
    texts = {
        "a": "On 12 May 1998 and in March.",
        "b": "It was 12\nMarch 1998.",
        "c": "112 march 1998",
    }
    hits = tuple(
        replace(hit(name), chunk=replace(hit(name).chunk, text=SafeText(text)))
        for name, text in texts.items()
    )
    ranked = fuse(
        LegHits(hits, (), ()), frozenset(), RetrieveSettings(), named=frozenset({"12 march 1998"})
    )
    assert [h.chunk.id for h in ranked] == ["b", "a", "c"]
    assert ranked[0].score == pytest.approx(1 / 62 + 0.5 * 2 / 61)
