"""What every index backend promises about its three legs and about scope."""

import pytest

from privrag.records import SafeText, Scope
from tests.privrag.index.examples import EVERYTHING, asked, embedded, numbers

pytestmark = [
    # Said by the client's memory mode, which searches without indexes.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
]


def test_the_dense_leg_ranks_by_cosine(run):
    chunks = [
        embedded(1, (0, 1, 0, 0)),
        embedded(2, (1, 0, 0, 0)),
        embedded(3, (3, 4, 0, 0)),
        embedded(4, (-1, 0, 0, 0)),
    ]
    legs = run(lambda i: i.search(asked((1, 0, 0, 0)), scope=EVERYTHING, limit=9), *chunks)
    assert numbers(legs.dense) == [2, 3, 1, 4]
    assert [hit.score for hit in legs.dense] == pytest.approx([1, 0.6, 0, -1], abs=1e-5)


def test_the_sparse_leg_prefers_the_rare_word(run):
    chunks = [embedded(n, text="the lease of a house") for n in range(5)]
    chunks += [embedded(8, text="an owl in a house"), embedded(9, text="nothing to see")]
    legs = run(lambda i: i.search(asked(text="owls at houses"), scope=EVERYTHING, limit=9), *chunks)
    assert numbers(legs.sparse)[0] == 8
    assert sorted(numbers(legs.sparse)) == [0, 1, 2, 3, 4, 8]  # 9 shares no word
    assert all(hit.score > 0 and hit.stage == "sparse" for hit in legs.sparse)


def test_a_question_without_words_has_no_sparse_hits(run):
    async def steps(index):
        return [
            await index.search(asked(text=text), scope=EVERYTHING, limit=9)
            for text in ("", "of the and", "?!")
        ]

    for legs in run(steps, embedded(1, text="the lease"), embedded(2, text="of the and")):
        assert legs.sparse == ()
        assert len(legs.dense) == 2


def test_the_sparse_leg_finds_an_id_whatever_its_alias(run):
    chunks = [
        embedded(1, text="Then PERSON_K7M2QX4C_B signed."),
        embedded(2, text="Then PERSON_3M8K2QTA_B signed."),
        embedded(3, text="Then some person signed."),
    ]
    legs = run(
        lambda i: i.search(asked(text="PERSON_K7M2QX4C"), scope=EVERYTHING, limit=9), *chunks
    )
    assert numbers(legs.sparse) == [1]


def test_the_sparse_leg_reads_the_context(run):
    chunks = [embedded(1, text="30 days", context=SafeText("Notice period")), embedded(2)]
    legs = run(lambda i: i.search(asked(text="notice"), scope=EVERYTHING, limit=9), *chunks)
    assert numbers(legs.sparse) == [1]


NAMED = [
    embedded(1, (0, 1, 0, 0), placeholders=frozenset({"PERSON_A", "ORG_C"})),
    embedded(2, (1, 1, 0, 0), placeholders=frozenset({"PERSON_B"})),
    embedded(3, (1, 0, 0, 0), placeholders=frozenset({"ORG_C"})),
    embedded(4, (1, 0, 0, 0)),
]


def test_the_id_leg_holds_only_chunks_with_a_placeholder_of_the_question(run):
    cases = [
        (["PERSON_A"], [1]),
        (["PERSON_A", "PERSON_B"], [2, 1]),
        (["ORG_C", "NOBODY_X"], [3, 1]),
        (["PERSON"], []),
        (["NOBODY_X"], []),
    ]

    async def steps(index):
        return [
            await index.search(asked(placeholders=names), scope=EVERYTHING, limit=9)
            for names, _ in cases
        ]

    for legs, (_, expected) in zip(run(steps, *NAMED), cases, strict=True):
        assert numbers(legs.by_id) == expected
        assert all(hit.stage == "id" for hit in legs.by_id)
        assert len(legs.dense) == 4


def test_without_placeholders_the_id_leg_is_off(run):
    legs = run(lambda i: i.search(asked(), scope=EVERYTHING, limit=9), *NAMED)
    assert legs.by_id == ()


def test_each_leg_holds_at_most_limit_hits(run):
    chunks = [embedded(n, text="lease", placeholders=frozenset({"A_1"})) for n in range(9)]
    query = asked(text="lease", placeholders=["A_1"])
    legs = run(lambda i: i.search(query, scope=EVERYTHING, limit=4), *chunks)
    assert [len(legs.dense), len(legs.sparse), len(legs.by_id)] == [4, 4, 4]


HIDDEN = [
    embedded(1, text="lease", placeholders=frozenset({"A_1"})),
    embedded(2, text="lease", placeholders=frozenset({"A_1"}), collection="hr"),
    embedded(3, text="lease", placeholders=frozenset({"A_1"}), acl=("user:ana",)),
    embedded(4, text="lease", placeholders=frozenset({"A_1"}), acl=("group:hr", "user:bo")),
    embedded(5, text="lease", placeholders=frozenset({"A_1"}), collection="hr", acl=()),
    embedded(6, text="lease", placeholders=frozenset({"A_1"}), tenant="other"),
]


VISIBLE = [
    (Scope("default"), [1, 2, 3, 4, 5]),
    (Scope("other"), [6]),
    (Scope("nobody"), []),
    (Scope(""), []),
    (Scope("default", collections=("main",)), [1, 3, 4]),
    (Scope("default", hidden=("v1",)), []),
    (Scope("default", hidden=("never",)), [1, 2, 3, 4, 5]),
    (Scope("default", collections=("main", "hr")), [1, 2, 3, 4, 5]),
    (Scope("default", collections=("mai",)), []),
    (Scope("default", principals=("*",)), [1, 2]),
    (Scope("default", principals=("*", "user:ana")), [1, 2, 3]),
    (Scope("default", principals=("group:hr",)), [4]),
    (Scope("default", principals=("user:ANA", "user:an", "group")), []),
    (Scope("default", collections=("hr",), principals=("*", "user:bo")), [2]),
    (Scope("default", collections=()), []),
    (Scope("default", principals=()), []),
    (Scope("other", collections=(), principals=()), []),
]


def test_no_leg_shows_what_is_out_of_scope(run):
    query = asked(text="lease", placeholders=["A_1"])

    async def steps(index):
        return [await index.search(query, scope=scope, limit=9) for scope, _ in VISIBLE]

    for legs, (scope, expected) in zip(run(steps, *HIDDEN), VISIBLE, strict=True):
        for hits in (legs.dense, legs.sparse, legs.by_id):
            assert sorted(numbers(hits)) == expected, scope


def test_out_of_scope_chunks_do_not_use_up_the_limit(run):
    chunks = [embedded(n, (1, 0, 0, 0), tenant="other") for n in range(20)]
    chunks.append(embedded(99, (0, 1, 0, 0)))
    legs = run(lambda i: i.search(asked((1, 0, 0, 0)), scope=EVERYTHING, limit=3), *chunks)
    assert numbers(legs.dense) == [99]
