"""What becomes of each type, profiles in files, and the tenant's own words. All invented."""

import pytest

from privrag.errors import SettingsError
from privrag.pseudonymize.generalise import generalise
from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.profile import DetectSettings, WordList
from privrag.pseudonymize.recognizers.tenant import tenant_patterns, word_list
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document, Entity
from privrag.settings import load_settings
from privrag.vault import FileKeyProvider, Vault

TEXT = "Zolta Quirm, 63, was hired on 3 March 2021 for EUR 4,200."
SPANS = [
    Entity("PERSON", 0, 11, 1.0, "t"),
    Entity("AGE", 13, 15, 1.0, "t"),
    Entity("DATE", 30, 42, 1.0, "t"),
    Entity("AMOUNT", 47, 56, 1.0, "t"),
]


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "key")) as opened:
        yield opened


def safe(vault, **actions):
    document = Document(
        "0" * 64,
        "file:///d",
        "",
        "text/plain",
        (Block("paragraph", TEXT, None, 0, len(TEXT)),),
        None,
    )
    settings = DetectSettings(actions=actions)
    spans = [e for e in SPANS if e.label in settings.labels]
    return pseudonymize_document(document, [spans, []], vault, version="v", settings=settings)


def test_each_type_gets_its_action(vault):
    document, masked = safe(
        vault, PERSON="anonymize", AGE="generalise", DATE="generalise", AMOUNT="keep"
    )
    assert document.blocks[0].text == ("a person, 60 to 69, was hired on Q1 2021 for EUR 4,200.")
    assert [m.pseudonym for m in masked] == [None, None, None]
    assert document.placeholders == frozenset()


def test_what_is_anonymized_never_reaches_the_vault(vault):
    safe(vault, PERSON="anonymize", AGE="anonymize", DATE="generalise", AMOUNT="anonymize")
    assert vault.count() == 0


def test_without_actions_everything_gets_a_pseudonym(vault):
    document, _ = safe(vault)
    assert vault.count() == 4
    assert len(document.placeholders) == 4


@pytest.mark.parametrize(
    ("label", "surface", "coarser"),
    [
        ("DATE", "24 December 2012", "Q4 2012"),
        ("DATE", "2/8/1935", "Q3 1935"),
        ("DATE", "2012", "2012"),
        ("DATE", "18 May", "Q2"),
        ("DATE", "three weeks", "a date"),
        ("AGE", "sixty-three", "60 to 69"),
        ("AGE", "9", "0 to 9"),
        ("AMOUNT", "EUR 4,200", "1,000 to 10,000 EUR"),
        ("AMOUNT", "five hundred euros", "an amount"),
        ("AMOUNT", "EUR " + "9" * 6000, "an amount"),
        ("DATE", "3" * 6000, "a date"),
    ],
)
def test_coarser_values(label, surface, coarser):
    assert generalise(label, surface) == coarser


def test_a_type_without_a_coarser_form_is_refused():
    with pytest.raises(
        ValueError, match="PERSON has no coarser form; generalise DATE, AGE, AMOUNT"
    ):
        DetectSettings(actions={"PERSON": "generalise"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", 'threshold = 0.5\n[actions]\nORG = "keep"\nDATE = "generalise"\n'),
        ("p.yaml", "threshold: 0.5\nactions:\n  ORG: keep\n  DATE: generalise\n"),
    ],
)
def test_a_profile_file_is_read_and_the_table_wins(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "privrag.toml").write_text(
        f'[pseudonymize]\nprofile = "{name}"\n[pseudonymize.actions]\nDATE = "keep"\n',
        encoding="utf-8",
    )
    settings = load_settings(tmp_path).pseudonymize
    assert settings.threshold == 0.5
    assert settings.actions == {"ORG": "keep", "DATE": "keep"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.toml", "threshold 0.5", "not valid TOML"),
        ("p.yaml", "a: [1", "not valid YAML"),
        ("p.yaml", "- a\n", "holds no settings"),
        ("p.toml", "treshold = 0.5", "no such setting"),
    ],
)
def test_a_bad_profile_is_one_sentence(tmp_path, name, text, said):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path, {"pseudonymize": {"profile": name}})


def test_a_missing_profile_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path, {"pseudonymize": {"profile": "none.toml"}})


def test_a_word_list_file_becomes_words(tmp_path):
    (tmp_path / "staff.txt").write_text("# staff\nZolta Quirm\n\nBo Tann\n", encoding="utf-8")
    lists = {"staff": {"label": "PERSON", "file": "staff.txt", "words": ["Mika"]}}
    settings = load_settings(tmp_path, {"pseudonymize": {"word_lists": lists}}).pseudonymize
    assert settings.word_lists["staff"].words == ("Mika", "Zolta Quirm", "Bo Tann")
    assert settings.word_lists["staff"].file is None


def test_words_are_found_whole_whatever_their_case(tmp_path):
    find = word_list("projects", WordList(label="ORG", words=("Blue Heron", "Née")))
    text = "The BLUE heron, bluE Heronry, nee and Neeson."
    document = DocumentText.join([("paragraph", text)])
    assert [text[m.start : m.end] for m in resolve(document, find(document))] == [
        "BLUE heron",
        "nee",
    ]


def test_a_pattern_may_name_its_type():
    settings = DetectSettings(patterns={"desk": {"regex": r"D-\d+", "label": "LOCATION"}})
    document = DocumentText.join([("paragraph", "at D-12 now")])
    assert [m.label for m in tenant_patterns(settings.patterns)(document)] == ["LOCATION"]


def test_thresholds_of_single_types_win():
    settings = DetectSettings(threshold=0.3, thresholds={"ORG": 0.9})
    assert (settings.least_score("ORG"), settings.least_score("DATE")) == (0.9, 0.3)
