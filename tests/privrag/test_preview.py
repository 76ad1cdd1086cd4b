"""What `privrag pseudonymize` shows, it does not keep."""

from privrag import preview as module
from privrag.home import open_vault
from privrag.preview import preview
from privrag.settings import load_settings
from privrag.vault import Mention
from tests.fakes import WordListDetector

TEXT = "Marta Lindqvist writes to Femi Adeyemi."


def test_nothing_is_stored_and_who_is_known_has_the_known_pseudonym(tmp_path, monkeypatch):
    people = ["Marta Lindqvist", "Femi Adeyemi"]
    monkeypatch.setattr(module, "Detector", lambda _: WordListDetector(people))
    home, file = tmp_path / "home", tmp_path / "letter.txt"
    file.write_text(TEXT)
    marta = Mention("PERSON", "Marta Lindqvist", "marta lindqvist")
    with open_vault(home, load_settings(home)) as vault:
        [known] = vault.assign([marta], version="v1")
    shown = [preview(home, file) for _ in range(2)]
    pseudonyms = [[e["pseudonym"] for e in result["entities"]] for result in shown]
    assert [found[0] for found in pseudonyms] == [known, known]
    assert pseudonyms[0][1] != pseudonyms[1][1]
    assert pseudonyms[0][1] in shown[0]["text"]
    with open_vault(home, load_settings(home)) as vault:
        assert vault.count() == 1
        assert vault.surface([found[1] for found in pseudonyms]) == {}
