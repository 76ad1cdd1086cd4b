"""Known values in base64, hexadecimal and escapes. Everything is invented."""

import base64

import pytest

from privrag.pseudonymize.known.encoded import encoded_runs, readings
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.known.forgotten import forgotten
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.vault import FileKeyProvider, Vault

NAME, MAIL = "Tobias Wrenfield", "t.wren@tarnfield.example"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        opened.assign(mentions_of([("PERSON", NAME), ("EMAIL", MAIL)], "other"), version="other")
        yield opened


RUNS = {
    "base64": encoded(NAME),
    "base64 among others": encoded(f"user={NAME}; role=admin"),
    "base64 behind a sign": "token=" + encoded(NAME),
    "base64 in two lines": encoded(f"from {NAME} to nobody")[:20]
    + "\n"
    + encoded(f"from {NAME} to nobody")[20:],
    "base64 of the address": encoded(MAIL),
    "base64 of a handle": encoded("tobias_wrenfield"),
    "hex": NAME.encode().hex(),
    "hex in capitals": NAME.encode().hex().upper(),
    "hex of the address": MAIL.encode().hex(),
}


@pytest.mark.parametrize("form", RUNS)
def test_a_run_that_says_a_known_value_is_hidden_as_a_whole(vault, form):
    run = RUNS[form]
    text = f"The header is {run} today."
    (found,) = find_known([text], vault)
    bare = run.removeprefix("token=")
    (only,) = [e for e in found if e.label == "SECRET"]
    assert text[only.start : only.end] == bare
    assert find_known([text.replace(bare, "PERSON")], vault) == [[]]


@pytest.mark.parametrize("escaped", ["Tobias\\u0020Wrenfield", "\\u0054obias Wrenfield"])
def test_a_name_with_json_escapes_is_found(vault, escaped):
    text = f'{{"name": "{escaped}"}}'
    (found,) = find_known([text], vault)
    assert [(e.label, text[e.start : e.end]) for e in found] == [("PERSON", escaped)]


@pytest.mark.parametrize(
    "text",
    [
        encoded("Nobody Known"),
        encoded("somebody@else.example"),
        b"Nobody Known".hex(),
        "3f786850e387550fdab836ed7e6dc881de23001b",
        "AbstractSingletonProxyFactoryBean",
        "C:\\users\\unknown",
    ],
)
def test_other_runs_stay(vault, text):
    assert find_known([f"The header is {text} today."], vault) == [[]]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("URL", "https://corp.example/keys?owner=Tobias%20Wrenfield"),
        ("URL", "https://corp.example/p/tobias-wrenfield/map"),
        ("SECRET", encoded(NAME)),
        ("EMAIL", "tobias.wrenfield@elsewhere.example"),
    ],
)
def test_a_value_that_says_a_forgotten_name_is_masked_for_good(vault, label, value):
    assert forgotten([(label, value)], vault) == set()
    (person,) = vault.matching([("PERSON", NAME.casefold())])
    vault.suppress_people([person])
    assert forgotten([(label, value)], vault) == {(label, value)}
    assert find_known([f"It says {encoded(NAME)}."], vault, only_forgotten=True) != [[]]
    assert forgotten([("URL", "https://corp.example/keys?owner=Wren%20Field")], vault) == set()


def test_no_reading_is_shown_in_a_repr():
    (run,) = [run for run in encoded_runs(encoded(NAME)) if run.said == NAME]
    assert NAME not in repr(run)
    assert list(readings("a?b=Anna%20Lee")) == ["a b Anna Lee"]
