import pytest

from privrag.errors import SettingsError
from privrag.settings import load_settings


def write(home, text):
    (home / "privrag.toml").write_text(text)


def test_the_environment_overrides_the_file_and_an_argument_both(tmp_path, monkeypatch):
    write(tmp_path, "[chunk]\nsize = 100\noverlap = 10\n[retrieve]\ncandidates = 7\n")
    assert load_settings(tmp_path).chunk.size == 100
    monkeypatch.setenv("PRIVRAG_CHUNK__SIZE", "120")
    settings = load_settings(tmp_path)
    assert (settings.chunk.size, settings.chunk.overlap) == (120, 10)
    settings = load_settings(tmp_path, {"chunk": {"size": 140}})
    assert (settings.chunk.size, settings.chunk.overlap) == (140, 10)
    assert settings.retrieve.candidates == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chunk]\nsize = 3", r"chunk\.size: .*greater than or equal to 16"),
        ("[embed]\nprecision = 'fp8'", r"embed\.precision: .*'auto', 'fp32' or 'bf16'"),
        ("[chunk]\nsise = 100", r"chunk\.sise: there is no such setting; allowed: size, overlap"),
        ("colour = 1", "colour: there is no such setting"),
        ("[chunk]\nsize = 32\noverlap = 20", r"chunk.*chunk\.overlap.*chunk\.size"),
        ("[rerank]\nurl = 'http://127.0.0.1:1'", r"rerank\.url needs rerank\.model"),
        ("[generate]\nbase_url = 'https://example.com/v1'", r"generate\.allow_remote = true"),
        (
            "[rerank]\nmodel = 'm'\nurl = 'http://10.0.0.1:1'",
            r"rerank\.allow_remote = true",
        ),
        ("[index]\nlanguage = 'klingon'", r"index\.language: .*english"),
        ("size = \nx = 1", "not valid TOML: at line 1"),
        ("[viewers.ann]\nreveal = ['PERSN']", r"viewers\.ann\.reveal: .*types; .*PERSON, EMAIL"),
        ("[viewers.ann]\nreveal = 'PERSON'", r"viewers\.ann\.reveal: true, false or a list"),
        ("[groups.hr]\nreveal = [1]", r"groups\.hr\.reveal: true, false or a list"),
        ("[groups.hr]\nmembers = ['ann']", r"groups\.hr\.members: .*allowed: reveal"),
        ("[audit]\nevery_records = 0", r"audit\.every_records: .*greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path, text, message):
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=message):
        load_settings(tmp_path)


@pytest.mark.parametrize("key", ["generate.api_key", "index.api_key", "rerank.api_key"])
def test_a_secret_has_no_place_in_the_file_and_is_not_repeated(tmp_path, key):
    table, name = key.split(".")
    write(tmp_path, f"[{table}]\n{name} = 'hunter2'\n")
    with pytest.raises(SettingsError, match=f"PRIVRAG_{table.upper()}__API_KEY") as caught:
        load_settings(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_the_value_of_a_wrong_setting_is_never_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("PRIVRAG_GENERATE__MAX_TOKENS", "hunter2")
    with pytest.raises(SettingsError, match=r"generate\.max_tokens") as caught:
        load_settings(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_misspelt_variable_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PRIVRAG_CHUNKS__SIZE", "100")
    with pytest.raises(SettingsError, match="PRIVRAG_CHUNKS__SIZE.*did you mean PRIVRAG_CHUNK"):
        load_settings(tmp_path)


def test_a_home_of_its_own_needs_no_file(tmp_path):
    assert load_settings(tmp_path).tenant == "default"


def test_a_list_or_map_of_a_siblings_table_is_json_in_its_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("PRIVRAG_SYNC__ACL", '{"hr/*": ["group:hr"]}')
    assert load_settings(tmp_path).sync == {"acl": {"hr/*": ["group:hr"]}}
    monkeypatch.setenv("PRIVRAG_SYNC__ACL", "{hr")
    with pytest.raises(SettingsError, match=r"sync\.acl: not valid JSON"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("false", False),
        ('["PERSON", "SECRET"]', frozenset({"PERSON", "SECRET"})),
        ("[]", frozenset()),
    ],
)
def test_what_a_viewer_may_reveal_reads_the_same_in_file_and_environment(
    tmp_path, monkeypatch, written, meant
):
    write(tmp_path, f"[viewers.ann]\nreveal = {written}\n[groups.hr]\nreveal = {written}\n")
    settings = load_settings(tmp_path)
    assert settings.viewers["ann"].reveal == settings.groups["hr"].reveal == meant
    monkeypatch.setenv("PRIVRAG_VIEWERS__BOB__REVEAL", written)
    assert load_settings(tmp_path).viewers["bob"].reveal == meant


def test_a_right_joins_those_of_the_groups_that_are_known(tmp_path):
    write(tmp_path, "[groups.hr]\nreveal = ['IBAN']\n[groups.all]\nreveal = true\n")
    settings = load_settings(tmp_path)
    assert settings.reveal_of(False, ["unknown"]) is False
    assert settings.reveal_of(frozenset({"SECRET"}), ["hr"]) == {"SECRET", "IBAN"}
    assert settings.reveal_of(False, ["hr", "all"]) is True
    assert "SECRET" in settings.reveal_of(frozenset({"SECRET"}), ["all"])
