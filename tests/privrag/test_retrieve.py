from dataclasses import replace

import pytest

from privrag.index.protocol import LegHits
from privrag.records import Chunk, Hit, SafeText, Source, Viewer
from privrag.retrieve import RetrieveSettings, fuse, named_in_clear, scope_of

SOURCE = Source("doc", "version", "default", "main", ("*",))
ANN = "PERSON_4SD2GZD3"


def hit(name: str, *ids: str, score: float = 1.0) -> Hit:
    chunk = Chunk(name, SOURCE, SafeText(name), SafeText(""), 0, 1, None, "paragraph", (),
                  frozenset(ids))  # fmt: skip
    return Hit(chunk, score, "dense")


def fused(
    dense: str, sparse: str, *, ids: str = "", wanted: frozenset[str] = frozenset(), **weights
):
    """Each leg's first has its best score, every further one half of the one before."""
    legs = LegHits(
        tuple(hit(n, score=0.5**rank) for rank, n in enumerate(dense)),
        tuple(hit(n, score=8 * 0.5**rank) for rank, n in enumerate(sparse)),
        tuple(hit(n, ANN, score=0.25) for n in ids),
    )
    return fuse(legs, wanted, RetrieveSettings(**weights))


def test_a_score_is_the_mean_of_its_shares_of_each_legs_best():
    best, second, third = fused("ab", "bc")
    assert [h.chunk.id for h in (best, second, third)] == ["b", "a", "c"]
    assert [h.score for h in (best, second, third)] == pytest.approx([0.75, 0.5, 0.25])
    heavy = fused("ab", "bc", sparse_weight=3)
    assert [(h.chunk.id, h.score) for h in heavy] == [("b", 0.875), ("c", 0.375), ("a", 0.25)]


def test_a_leg_of_weight_zero_is_left_out():
    assert [(h.chunk.id, h.score) for h in fused("ab", "c", dense_weight=0)] == [("c", 1.0)]


def test_what_is_unlike_the_question_counts_as_not_found():
    legs = LegHits((hit("a", score=-0.2), hit("b", score=-0.4)), (hit("b", score=3.0),), ())
    found = fuse(legs, frozenset(), RetrieveSettings())
    assert [(h.chunk.id, h.score) for h in found] == [("b", 0.5), ("a", 0.0)]


def test_an_exact_id_lifts_a_chunk_over_one_that_leads_a_leg():
    hits = fused("ab", "ac", ids="z", wanted=frozenset({ANN}))
    assert [(h.chunk.id, h.score) for h in hits] == [
        ("a", 1.0),
        ("z", pytest.approx(0.5 + 0.125)),
        ("b", 0.25),
        ("c", 0.25),
    ]


def test_half_of_the_ids_give_half_of_the_lift():
    hits = fused("", "", ids="z", wanted=frozenset({ANN, "ID_00000000"}), dense_weight=0)
    assert hits[0].score == pytest.approx(0.25)


def test_ids_alone_find_when_both_legs_are_left_out():
    hits = fused("a", "b", ids="z", wanted=frozenset({ANN}), dense_weight=0, sparse_weight=0)
    assert [(h.chunk.id, h.score) for h in hits] == [("z", 0.5)]


def test_the_id_of_a_place_lifts_as_much_as_its_name():
    place = "LOCATION_K7M2QX4C"
    masked, clear = hit("a", place), hit("b")
    clear = replace(clear, chunk=replace(clear.chunk, text=SafeText("They met in Kassel.")))
    legs = LegHits((masked, clear), (clear, masked), (masked,))
    hits = fuse(legs, frozenset({place}), RetrieveSettings(), named=frozenset({"kassel"}))
    assert hits[0].score == hits[1].score == pytest.approx(1 + 0.25)


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
    assert ranked[0].score == pytest.approx(0.5 + 0.25)
