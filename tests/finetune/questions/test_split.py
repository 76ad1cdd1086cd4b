import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag_finetune.questions.alike import AskedBefore, group_alike, shingles
from privrag_finetune.questions.recipe import Shares
from privrag_finetune.questions.sample import Aim, plan
from privrag_finetune.questions.split import SPLITS, split_clusters
from tests.finetune.questions.made import RECIPE, chunk

WORDS = st.sampled_from(
    [
        "oak",
        "ash",
        "elm",
        "yew",
        "fir",
        "bay",
        "box",
        "fig",
        "gum",
        "nut",
        "pea",
        "rye",
        "tea",
        "hop",
    ]
)


ASIDE = [f"{a}{b}" for a in ("bra", "clo", "dri", "fle") for b in ("nd", "st", "rk", "mp", "ll")]


def letter(name):
    lines = [f"Dear {name}, your loan of the oak table ends when snow falls on the ash tree."]
    lines += [f"Bring shelf {n} back to hall {n} before the bell rings there." for n in range(9)]
    return " ".join(lines)


@given(st.dictionaries(st.text("abc", min_size=1), st.sampled_from("xyzw"), min_size=1), st.text())
def test_a_cluster_is_never_parted(cluster_of, key):
    chosen = split_clusters(cluster_of, Shares(), key=key)
    assert chosen.keys() == cluster_of.keys()
    for cluster in set(cluster_of.values()):
        assert len({chosen[d] for d, c in cluster_of.items() if c == cluster}) == 1


@given(st.sets(st.integers(0, 10**6), min_size=3, max_size=60), st.text())
def test_three_clusters_are_enough_for_every_split(names, key):
    cluster_of = {str(n): str(n) for n in names}
    assert set(split_clusters(cluster_of, Shares(), key=key).values()) == set(SPLITS)


def test_documents_stay_where_they_are_when_others_come():
    first = {f"d{n}": f"d{n}" for n in range(300)}
    more = {f"d{n}": f"d{n}" for n in range(600)}
    before = split_clusters(first, Shares(), key="k")
    after = split_clusters(more, Shares(), key="k")
    assert all(after[d] == split for d, split in before.items())
    counts = Counter(after.values())
    assert 430 < counts["train"] < 530
    assert before != split_clusters(first, Shares(), key="another")


def test_a_cluster_stays_where_a_member_was_put_even_if_another_leads_it_now():
    before = split_clusters({f"d{n}": f"d{n}" for n in range(60)}, Shares(), key="k")
    led_anew = {f"d{n}": f"a{n}" for n in range(60)} | {f"a{n}": f"a{n}" for n in range(60)}
    after = split_clusters(led_anew, Shares(), key="k", recorded=before)
    assert all(after[d] == after[f"a{d[1:]}"] == split for d, split in before.items())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (("train", "test"), "test"),
        (("validation", "train"), "validation"),
        (("validation", "test"), "test"),
    ],
)
def test_what_was_measured_with_is_not_trained_on_when_clusters_become_one(members, expected):
    recorded = dict(zip(("a", "b"), members, strict=True))
    cluster_of = {"a": "a", "b": "a", "new": "a"}
    chosen = split_clusters(cluster_of, Shares(), key="k", recorded=recorded)
    assert set(chosen.values()) == {expected}


def test_copies_and_form_letters_are_one_group_and_other_texts_are_not():
    texts = {
        "a": shingles(letter("Ann")),
        "b": shingles(letter("Bob")),
        "inside": shingles(letter("Eve") + " " + "Of late nothing was heard of it. " * 3),
        "other": shingles("The canteen opens at noon and sells soup, bread and plums till three."),
    }
    groups = group_alike(texts, share=0.5)
    assert groups == {"a": "a", "b": "a", "inside": "a", "other": "other"}


@given(st.lists(st.lists(WORDS, min_size=8, max_size=12), min_size=2, max_size=8))
def test_likeness_does_not_depend_on_the_order(texts):
    named = {str(n): shingles(" ".join(words)) for n, words in enumerate(texts)}
    groups = group_alike(named, share=0.6)
    turned = group_alike(dict(reversed(named.items())), share=0.6)
    assert all((groups[a] == groups[b]) == (turned[a] == turned[b]) for a in named for b in named)


def test_a_long_text_and_a_part_of_it_are_found_although_only_sketches_are_compared():
    long = " ".join(f"word{n}" for n in range(3000))
    part = " ".join(f"word{n}" for n in range(700, 1000))
    groups = group_alike({"long": shingles(long), "part": shingles(part)}, share=0.5)
    assert groups["part"] == "long"


def test_questions_with_the_same_words_are_one():
    asked = AskedBefore(0.75)
    asked.keep("How long do you keep my street and telephone number?")
    assert not asked.is_new("For how long do you keep the number of my telephone and street?")
    assert not asked.is_new("How long do you keep telephone numbers and streets?")
    assert asked.is_new("How long do you keep my photograph and telephone number?")
    assert asked.is_new("Why?")
    asked.keep("Why?")
    assert not asked.is_new("why")


SENTENCE = (
    "The {0} gate of the old garden is opened by its {0} warden when visitors ring the {0} bell. "
    "Behind the {0} hedge stands a bench with a tall lamp, and ducks of a {0} pond sleep below. "
)


def chunks_of(*names, document=None):
    return [
        chunk(SENTENCE.format(name), document=document or name, n=n) for n, name in enumerate(names)
    ]


def rambling(name):
    draw = random.Random(name)
    words = [draw.choice(ASIDE) for _ in range(60)]
    return " ".join(" ".join(["The", *words[n : n + 12]]) + "." for n in range(0, 60, 12))


def aim(**changes):
    values = {"recipe": RECIPE, "style": "complete", "model": "m", "limit": 50, "seed": 1}
    return Aim(**{**values, "key": "k", **changes})


def test_a_plan_repeats_itself_and_another_seed_gives_another():
    chunks = chunks_of("red", "blue", "grey", "pink")
    first = plan(chunks, aim())
    assert first == plan(list(reversed(chunks)), aim())
    assert [t.id for t in first] != [t.id for t in plan(chunks, aim(seed=2))]
    assert {t.id for t in first}.isdisjoint(t.id for t in plan(chunks, aim(model="other")))


def test_documents_take_turns():
    chunks = [*chunks_of("red", "blue", "grey", document="long"), *chunks_of("pink")]
    assert {t.chunk.source.document for t in plan(chunks, aim(limit=2))} == {"long", "pink"}


def test_no_question_is_asked_about_a_passage_that_stands_on_both_sides():
    names = [f"{a}{b}" for a in "abcdef" for b in "ghij"]
    common = (
        "Whoever reads in the library keeps to the terms that its first owner wrote in plain words "
        "long ago, and leaves umbrellas, dogs and sandwiches with the porter at the front door."
    )
    chunks = [
        made
        for name in names
        for made in (
            chunk(rambling(name), document=name),
            chunk(common, document=name, n=1),
        )
    ]
    tasks = plan(chunks, aim())
    assert len({t.split for t in tasks}) == 3
    assert len(tasks) == len(names)
    assert not any(common[:20] in t.text for t in tasks)


def test_headings_figures_and_short_texts_are_not_asked_about():
    chunks = [
        chunk(SENTENCE.format("red"), document="h", kind="heading"),
        chunk("12.5 13.7 19.1 22.0 88.3 71.2 " * 9, document="f", kind="table"),
        chunk("Short text here.", document="s"),
    ]
    assert plan(chunks, aim()) == []


def test_kinds_are_asked_only_where_the_text_gives_a_cue():
    text = "The choir owns a black folder, a tuning fork, six music stands, two benches, one piano."
    tasks = plan([chunk(text, document="c")], aim())
    assert [t.category.name for t in tasks] == ["what"]
    dated = text.removesuffix(".") + " and 14 lamps."
    kinds = {
        t.category.name
        for seed in range(20)
        for t in plan([chunk(dated, document="c")], aim(seed=seed))
    }
    assert kinds == {"what", "amount"}
