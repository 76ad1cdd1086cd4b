"""Weak passwords behind their key, and what manuals and code write there. None was ever used."""

import subprocess
import sys

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.password import find_passwords
from privrag.pseudonymize.recognizers.said_password import find_said_passwords


def secrets(text):
    document = DocumentText.join([("paragraph", text)])
    matches = [*find_passwords(document), *find_said_passwords(document)]
    return [text[m.start : m.end] for m in resolve(document, matches)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: correct-horse-battery", "correct-horse-battery"),
        ("My password: correct-horse-battery", "correct-horse-battery"),
        ("maintainer: password: correct-horse-battery", "correct-horse-battery"),
        ("passwd: blueberry-muffin", "blueberry-muffin"),
        ("pwd=blueberry", "blueberry"),
        ("POSTGRES_PASSWORD=supersecret", "supersecret"),
        ("export DB_PASS=letmein", "letmein"),
        ("dbPassword = 'blueberry'", "blueberry"),
        ('passphrase: "ocean tiger lamp seven"', "ocean tiger lamp seven"),
        ("passphrase: ocean tiger lamp seven", "ocean tiger lamp seven"),
        ("pw hunter2!X9", "hunter2!X9"),
        ("the password hunter22, please", "hunter22"),
        ("the passphrase hunter22, please", "hunter22"),
        ("la contraseña verano22", "verano22"),
        ("Use root (pw: toor).", "toor"),
        ("login: jdoe / Winter2024", "Winter2024"),
        ("Passwort: Blaubeere", "Blaubeere"),
        ("Kennwort für jdoe: Blaubeere.", "Blaubeere"),
        ("mot de passe : myrtille", "myrtille"),
        ("client_secret=blueberry&x=1", "blueberry"),
        ("Server=db;Pwd=blueberry;Encrypt=True", "blueberry"),
        ("api_key: blueberry", "blueberry"),
        ("password: hunter2", "hunter2"),
        ("my password is correct-horse-battery", "correct-horse-battery"),
        ("and my pin is 4471", "4471"),
        ("**Password:** `blueberry`", "blueberry"),
        ("<password>blueberry</password>", "blueberry"),
        ("| password | hunter2 |", "hunter2"),
        ("password:blueberry,user:jdoe", "blueberry"),
        ("PIN: 4471", "4471"),
        ("db:\n  pass: letmein\n", "letmein"),
        (r"{\"password\": \"blueberry\"}", "blueberry"),
    ],
)
def test_a_word_behind_the_key_of_a_password_is_a_secret(text, value):
    assert secrets(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password reset to Blueberry2024!", "Blueberry2024!"),
        ('I reset your password to "Blueberry2024!" today.', "Blueberry2024!"),
        ("Your password has been changed to Blueberry2024!", "Blueberry2024!"),
        ('Her password was set to "blueberry" today', "blueberry"),
        ("Ich habe Ihr Passwort auf Blaubeere24! zurückgesetzt.", "Blaubeere24!"),
        ("The password for z.quirm was reset to Muffin-99x.", "Muffin-99x"),
        ("password is now muffin22.", "muffin22"),
        ("Please use Blueberry2024! as your temporary password.", "Blueberry2024!"),
        ("password -> Blueberry2024!", "Blueberry2024!"),
        ("curl -u zolta:Mu44in https://api.example.org", "Mu44in"),
        ("curl --user 'zolta:Mu44in' https://api.example.org", "Mu44in"),
        ("mysql -u root -pMu44inRoot! hr", "pMu44inRoot!"),
        ("sshpass -p Mu44in ssh root@host", "Mu44in"),
        ("docker login -u zolta -p muffin22 reg.example", "muffin22"),
        ("tool --password muffin22 run", "muffin22"),
        ("PIN 4471, please", "4471"),
        ("her pin was 4471", "4471"),
        ("door code 8852#", "8852#"),
        ("The alarm code for the shed is 4471.", "4471"),
        ("Türcode: 8852", "8852"),
        ("code de la porte : 8852", "8852"),
    ],
)
def test_a_password_in_a_sentence_or_on_a_command_line_is_a_secret(text, value):
    assert secrets(text) == [value]


def test_nested_record_hides_password_and_pin():
    assert secrets('{"db":{"pass":"letmein"},"pin":"4471"}') == ["letmein", "4471"]


@pytest.mark.parametrize(
    "text",
    [
        "password: required",
        "password: str",
        "def login(user: str, password: str, pin: int) -> None:",
        "password: Option<String>",
        "Password: (min. 12 characters)",
        "password = get_password()",
        "password = vault.read(path)",
        "password = os.environ[key]",
        "password=$DB_PASS",
        "password: ${PASS}",
        "password: {{ vault_pw }}",
        "password: <password>",
        "password: ****",
        "password: xxxx",
        "password: None, null, true",
        '"password": null',
        '"password": "string"',
        '"password": "Enter your password"',
        "password: the rules are in chapter 3",
        "Password: auto-generated on first start",
        "password: end-to-end encryption",
        "password = user_password",
        "password = settings.db.app_password",
        "this.password = password",
        "if password == blueberry:",
        "password_min_length: required-12-characters",
        "PASSWORD_FILE=/run/secrets/db",
        "password=/run/secrets/db",
        "pin=17",
        "Tests pass: twelve, fail: none",
        "pass=12 fail=3",
        "The secret: work hard every day",
        "password SHA256 hash",
        "login: jdoe / 2024-05-06",
        "https://password.example/x",
        "Passwort: Das Kennwort wird getrennt verschickt.",
        "mot de passe : obligatoire",
        "The password is stored, the pin is short",
        "your password is not correct",
        "| password | string | required |",
        "| password | Chosen by whoever signs in |",
        "<password>secret</password>",
        "<password>${PASS}</password>",
        "Where do I change my password: settings or profile?",
        "The password was changed to be stored as SHA256.",
        "The password policy changed to version2024.",
        "Set the password to something long. Password reset to default.",
        "password reset to https://x.example/a1b2c3",
        "docker run -p 8080:80 image",
        "mysql -u root -p hr",
        "curl -u $USER:$PASS https://api.example.org",
        "The pin 1234 connects to ground; PIN 13",
        "The access code of 2024 buildings",
    ],
)
def test_what_is_said_of_passwords_is_none(text):
    assert secrets(text) == []


def test_a_long_variable_is_read_in_bounded_time():
    program = (
        "from privrag.pseudonymize.recognizers.password import is_no_password as is_none\n"
        "assert not is_none('_'.join('a' * 80) + '_1') and is_none('_'.join('a' * 80) + '_token')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
