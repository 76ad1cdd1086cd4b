"""Secrets by form, by label and by chance; none of them was ever issued by anybody."""

import random
import string

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.random_token import changes, entropy, find_random_tokens
from privrag.pseudonymize.recognizers.secret import find_secrets

AZURE = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
HEX = "9f86d081884c7d659a2feaa0c55ad015"
MIXED = "q7Xz0PpL4vTn8sKd2mYw9RbE"


def secrets(text):
    document = DocumentText.join([("paragraph", text)])
    return [text[m.start : m.end] for m in resolve(document, find_secrets(document))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"AccountName=dev;AccountKey={AZURE};EndpointSuffix=core", AZURE),
        ("SharedAccessKeyName=Root;SharedAccessKey=a8Zk3Lm1Qw9=;X=y", "a8Zk3Lm1Qw9="),
        ("Server=db;User Id=app;Password=hunter2!x;Database=z", "hunter2!x"),
        ("Data Source=db;Pwd=S3cr&t!;Encrypt=True", "S3cr&t!"),
        ("https://x.example/c?sv=2022&sig=ab%2Bdef123ABC456%3D&se=1", "ab%2Bdef123ABC456%3D"),
        ("https://f.example/api/x?code=q7Xz0PpL4vTn8sKd2m==", "q7Xz0PpL4vTn8sKd2m=="),
        ("mot de passe : Zebre-99", "Zebre-99"),
        ("password=hunter22!,user=bob", "hunter22!"),
    ],
)
def test_value_of_a_connection_string_ends_at_the_next_setting(text, value):
    assert secrets(text) == [value]


@pytest.mark.parametrize(
    "token",
    [
        "SK" + HEX,
        "SG." + "aB3" * 7 + "x." + "cD4" * 14 + "y",
        "dop_v1_" + HEX * 2,
        "dapi" + HEX,
        "HRKU-" + "aB3-" * 9,
        "v1.0-" + HEX[:24] + "-" + (HEX * 5)[:146],
        "key-" + HEX,
        HEX + "-us14",
        "shpat_" + HEX,
        "glrt-" + "aB3" * 7,
        "GOCSPX-" + "aB3_" * 7,
        "hvs." + "aB3" * 8,
        "MTk4" + "aB3" * 7 + ".Gx1y2z." + "cD4" * 10,
        "abc8Q~" + "dE5" * 11,
        "PMAK-" + HEX[:24] + "-" + HEX + "ab",
        "dckr_pat_" + "aB3" * 9,
    ],
)
def test_token_of_a_known_form_is_found_whole(token):
    token = token.rstrip("-")
    assert secrets(f"Use {token} for it.") == [token]


def test_secret_part_of_a_bot_token_and_a_webhook_is_found():
    part = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx"
    assert secrets(f"bot 123456789:{part}") == [part]
    address = "https://hooks.slack.com/services/"
    assert secrets(f"{address}T0AB12CD3/B0AB12CD3/zkqwvmneo3") == ["T0AB12CD3/B0AB12CD3/zkqwvmneo3"]


def test_private_key_of_a_service_account_is_found_in_its_json():
    key = "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqh\\n-----END PRIVATE KEY-----"
    found = secrets(f'{{"private_key_id": "{HEX}", "private_key": "{key}\\n"}}')
    assert found == [HEX, key]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"random {MIXED}", MIXED),
        (f"x={MIXED};", MIXED),
        ("it is q7xz0ppl4vtn8skd2myw9rbe.", "q7xz0ppl4vtn8skd2myw9rbe"),
        (
            "The AWS secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        (f"The token {HEX}", HEX),
        (f"our API key is {HEX}, keep it", HEX),
        (f"SECRET_KEY_BASE: {HEX}", HEX),
        (
            "Heroku API key 01234567-89ab-cdef-0123-456789abcdef",
            "01234567-89ab-cdef-0123-456789abcdef",
        ),
        ("pw is q7Xz0PpL!", "q7Xz0PpL!"),
        ("PSK: hunter22x", "hunter22x"),
        (f"session={HEX}", HEX),
        (f"Cookie: PHPSESSID={HEX}; path=/", HEX),
    ],
)
def test_what_nobody_would_write_by_hand_is_a_secret(text, value):
    assert secrets(text) == [value]


@pytest.mark.parametrize("length", [20, 24, 32, 44])
def test_nine_of_ten_random_tokens_are_found(length):
    drawn = random.Random(length)
    letters = string.ascii_letters + string.digits
    tokens = ["".join(drawn.choices(letters, k=length)) for _ in range(200)]
    found = [token for token in tokens if secrets(f"it is {token} now") == [token]]
    assert len(found) > 180


@pytest.mark.parametrize(
    "text",
    [
        "token_id: 123e4567-e89b-12d3-a456-426614174000",
        "id 123e4567-e89b-12d3-a456-426614174000",
        f"commit {HEX}01234567",
        f"md5 {HEX}",
        f"charging session {HEX}",
        "sha256-q7Xz0PpL4vTn8sKd2mYw9RbEq7Xz0PpL4vTn8sKd2mY=",
        f'integrity="{MIXED}"',
        f"https://drive.example/d/{MIXED}/view",
        f"https://drive.example/d?doc={MIXED}",
        f"img/{MIXED}.png",
        f"{MIXED}.jpg",
        f"data:image/png;base64,{MIXED}",
        f"ssh-rsa AAAAB3NzaC1yc2E{MIXED}",
        f"Sec-WebSocket-Key: {MIXED}==",
        "OCPP16JSONChargePointStatusNotification2Response",
        "meter-reading-interval-in-seconds-2",
        "MAX_CURRENT_PHASE_L1_L2_L3_IMPORT",
        "getChargingProfilesV2ByConnectorId",
        "ABC-2024-00123-XY-0001-DE-77",
        "00000000000000000000000000000a1",
        "the token type is bearer-authentication-v2",
        "password_min_length: required-12-characters",
    ],
)
def test_ids_digests_paths_and_joined_words_are_no_secrets(text):
    assert secrets(text) == []


def test_lines_of_a_file_in_base64_are_no_secrets():
    drawn = random.Random(1)
    lines = ["".join(drawn.choices(string.ascii_letters + string.digits, k=64)) for _ in "abc"]
    assert secrets("\n".join([*lines, lines[0][:43] + "="])) == []


def test_keys_one_a_line_are_secrets():
    drawn = random.Random(1)
    keys = ["".join(drawn.choices(string.ascii_letters + string.digits, k=48)) for _ in "abc"]
    assert secrets("\n".join(keys)) == keys


def test_entropy_and_changes_of_small_strings():
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("ab01") == 2
    assert changes("aA1") == 1
    assert changes("abc") == 0


def test_a_word_for_a_secret_makes_it_surer():
    assert [named for _, _, named in find_random_tokens(f"x {MIXED} and token {MIXED}")] == [
        False,
        True,
    ]
