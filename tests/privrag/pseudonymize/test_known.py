"""What one document gave away is hidden in every other. Everything is invented."""

import pytest

from privrag.pseudonymize.known import find_known
from privrag.vault import FileKeyProvider, Mention, Vault

KEY = "7f3a91c0de55b1aa"
DASHED = "qx-tok-48d1-99ZZ"


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as opened:
        mentions = [Mention("SECRET", secret, secret) for secret in (KEY, DASHED)]
        mentions.append(Mention("ID", "PA-77253", "PA77253"))
        opened.assign(mentions, version="other")
        yield opened


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"the box says {KEY}.", [("SECRET", KEY)]),
        (f"padded {KEY}== here", [("SECRET", KEY)]),
        (f"shipid: BOX-{KEY}", [("SECRET", KEY)]),
        (f"https://box.example/?k={KEY}&x=1", [("SECRET", KEY)]),
        (f"it is {DASHED}, she said", [("SECRET", DASHED)]),
        ("see PA-77253", [("ID", "PA-77253")]),
        (f"another one: {KEY}0", []),
        (f"another one: {KEY.upper()}", []),
        ("qx-tok alone", []),
    ],
)
def test_a_secret_or_id_is_found_where_nothing_announces_it(vault, text, hidden):
    (found,) = find_known([text], vault)
    assert [(e.label, text[e.start : e.end]) for e in found] == hidden
