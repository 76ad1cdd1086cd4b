"""Who goes with a name: longer names with it inside, not a relative, not a namesake."""

import base64
import re

import pytest

from privrag.erasure import Scope, forget, look
from privrag.erasure.subject import find_subject
from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault
from privrag_connectors.sync import sync_folders
from tests.privrag.erasure.homes import parts, pseudonym, texts, with_home


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as vault:
        yield vault


def put(vault, *names):
    """Pseudonym of each name, taken as it is."""
    mentions = [Mention("PERSON", n, n.lower(), (n.lower().split()[-1],)) for n in names]
    return dict(zip(names, vault.assign(mentions, version="v1"), strict=True))


@pytest.mark.parametrize(
    "longer",
    [
        "JOHN SMITH AGREES", "Tenant John Smith", "Smith, John (Tenant)", "John Smith Lindgren",
        "Jöhn Smith agrees",
    ],
)  # fmt: skip
def test_a_longer_name_with_the_full_name_in_it_goes_too(vault, longer):
    known = put(vault, "John Smith", longer, "Anna Berg")
    subject = find_subject(vault, "John Smith")
    assert subject.pseudonyms == {known["John Smith"], known[longer]}
    assert (subject.longer, subject.left) == ((known[longer],), ())
    assert subject.leaders[0] == known["John Smith"]


@pytest.mark.parametrize("other", ["John", "Mary Smith", "John Smithson", "Smith Johnson"])
def test_a_name_with_only_a_part_of_it_does_not(vault, other):
    known = put(vault, "John Smith", "Bo Smith", other)
    subject = find_subject(vault, "John Smith")
    assert (subject.pseudonyms, subject.left) == ({known["John Smith"]}, ())


@pytest.mark.parametrize("other", ["Smith", "John Paul Smith", "J. Smith", "J. P. SMITH"])
def test_what_may_be_another_spelling_of_the_name_stays_and_is_named(vault, other):
    known = put(vault, "John Smith", "Bo Smith", other)
    subject = find_subject(vault, "John Smith")
    assert (subject.pseudonyms, subject.left) == ({known["John Smith"]}, (known[other],))


def test_the_surname_first_is_the_same_name_unless_all_words_are_given_names(vault):
    known = put(vault, "Philomena Castlereagh", "Castlereagh Philomena", "Anna Berg")
    subject = find_subject(vault, "Philomena Castlereagh")
    assert subject.longer == (known["Castlereagh Philomena"],) and not subject.left
    known |= put(vault, "John James", "James John")
    subject = find_subject(vault, "John James")
    assert (subject.longer, subject.left) == ((), (known["James John"],))


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("URL", "https://allotment.example/keys?owner=Philomena%20Castlereagh"),
        ("URL", "https://allotment.example/p/castlereagh+philomena"),
        ("SECRET", base64.b64encode(b"Philomena Castlereagh").decode()),
        ("ID", b"Philomena Castlereagh".hex()),
    ],
)
def test_an_entry_of_another_type_that_says_the_name_goes_however_it_is_encoded(
    vault, label, words
):
    put(vault, "Philomena Castlereagh")
    (other,) = vault.assign([Mention(label, words, words.lower())], version="v1")
    assert other in find_subject(vault, "Philomena Castlereagh").pseudonyms


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("EMAIL", "leopoldine.hargreave@tarnfield.example"),
        ("EMAIL", "lmuntz@tarnfield.example"),
        ("USERNAME", "LeopoldineMuntz"),
        ("PERSON", "Leopoldine Hargreave"),
        ("PERSON", "Muntz Leopoldine"),
    ],
)
def test_half_of_a_double_surname_is_the_name_unless_it_is_another_ones_half_too(
    vault, label, words
):
    put(vault, "Leopoldine Hargreave-Muntz")
    (other,) = vault.assign([Mention(label, words, words.lower())], version="v1")
    assert other in find_subject(vault, "Leopoldine Hargreave-Muntz").pseudonyms
    put(vault, "Leopoldine Voss-Hargreave", "Leopoldine Voss-Muntz")
    subject = find_subject(vault, "Leopoldine Hargreave-Muntz")
    assert other not in subject.pseudonyms and subject.left == (other,)


@pytest.mark.parametrize("other", ["John Smith Junior", "John Smith IV", "John Smith the Elder"])
def test_a_relative_stays_and_is_named(vault, other):
    known = put(vault, "John Smith", other, "JOHN SMITH AGREES")
    subject = find_subject(vault, "John Smith")
    assert subject.pseudonyms == {known["John Smith"], known["JOHN SMITH AGREES"]}
    assert subject.left == (known[other],)
    junior = find_subject(vault, known[other])
    assert (junior.pseudonyms, junior.left) == ({known[other]}, ())


def test_a_lone_surname_stays_a_relatives(vault):
    known = put(vault, "John Smith", "John Smith Junior", "Smith")
    assert find_subject(vault, "John Smith").pseudonyms == {known["John Smith"]}


def test_of_two_people_of_one_name_neither_gets_the_longer_one(vault):
    known = put(vault, "John Smith", "JOHN SMITH AGREES")
    second = vault.assign([Mention("PERSON", "Smith, John", "john smith")], version="v2")[0]
    other = vault.split(known["John Smith"], [second])
    subject = find_subject(vault, known["John Smith"])
    assert subject.pseudonyms == {known["John Smith"]} and other not in subject.left
    assert subject.left == (known["JOHN SMITH AGREES"],)


def test_what_would_go_can_be_kept_and_nothing_else_can(vault):
    known = put(vault, "John Smith", "John Smith Lindgren", "Anna Berg")
    longer = known["John Smith Lindgren"]
    subject = find_subject(vault, "John Smith", keep=[longer.lower()])
    assert (subject.pseudonyms, subject.left) == ({known["John Smith"]}, (longer,))
    assert subject.longer == ()
    with pytest.raises(VaultError, match=f"{known['Anna Berg']} would not go"):
        find_subject(vault, "John Smith", keep=[known["Anna Berg"]])


@pytest.mark.parametrize(
    ("given", "part"),
    [("Smith", True), ("Mr. Smith", True), ("John Smith", False), ("smith, john", False)],
)
def test_one_word_of_a_longer_name_is_told_apart(vault, given, part):
    known = put(vault, "John Smith")
    subject = find_subject(vault, given)
    assert (subject.leaders[0], subject.part_of_name) == (known["John Smith"], part)
    assert not find_subject(vault, known["John Smith"]).part_of_name


def test_a_lone_surname_is_looked_at_but_not_forgotten(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "0.txt").write_text("Jonas Lindqvist came.")

    async def work(rag):
        rag.detector._people = re.compile("Jonas Lindqvist")
        await sync_folders(rag, [docs])
        assert (await look(rag.stores, "Lindqvist")).part_of_name
        with pytest.raises(VaultError, match=r"only a part of the name of PERSON_\w+") as told:
            await forget(rag.stores, "Lindqvist", parts(rag))
        assert "indqvist" not in str(told.value)
        assert rag.stores.manifest.mark("forgetting") is None
        await forget(rag.stores, "Jonas Lindqvist", parts(rag))

    with_home(tmp_path, work)


def test_no_form_of_the_name_is_restored_or_taken_in_again(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "0.txt").write_text("John Smith rents. JOHN SMITH AGREES to pay.")

    async def work(rag):
        rag.detector._people = re.compile("John Smith|JOHN SMITH AGREES")
        await sync_folders(rag, [docs])
        longer = pseudonym(rag, "john smith agrees")
        assert (await look(rag.stores, "John Smith")).longer == (longer,)
        done = await forget(rag.stores, "John Smith", parts(rag))
        assert longer in done.certificate.pseudonyms
        assert done.sources == ((docs / "0.txt").as_uri(),)
        before = await texts(rag)
        (docs / "0.txt").write_text("John Smith rents. JOHN SMITH AGREES to pay. Now.")
        await sync_folders(rag, [docs])
        return before, await texts(rag), rag.stores.vault.count()

    before, after, count = with_home(tmp_path, work)
    assert before == ["a person rents. a person to pay."]
    assert (after, count) == (["a person rents. a person to pay. Now."], 0)


def test_what_is_kept_is_in_the_report(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "0.txt").write_text("John Smith rents. John Smith Lindgren pays.")

    async def work(rag):
        rag.detector._people = re.compile("John Smith Lindgren|John Smith")
        await sync_folders(rag, [docs])
        longer = pseudonym(rag, "john smith lindgren")
        return longer, await forget(rag.stores, "John Smith", parts(rag), Scope(keep=[longer]))

    longer, done = with_home(tmp_path, work)
    assert (done.left, done.certificate.remaining["names"]) == ((longer,), 1)
    assert longer not in done.certificate.pseudonyms
