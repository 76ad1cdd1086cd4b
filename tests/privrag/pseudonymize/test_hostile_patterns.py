"""No recognizer takes long over text that is made to keep regular expressions busy."""

import json
import subprocess
import sys

import pytest

from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers

pytestmark = pytest.mark.alone

SECONDS = 20
CHARACTERS = 200_000
UNITS = [
    "a",
    "A",
    "Ann ",
    "Ann Lee, ",
    "1",
    "1 ",
    "1-",
    "1.",
    "4111 ",
    " ",
    "\n",
    "a\t",
    "Name: ",
    "a:",
    "a@",
    "a.",
    "-",
    "a_",
    "-----BEGIN PRIVATE KEY-----\n",
    "password=",
    "password: a ",
    "passphrase: a b c ",
    "login: a / ",
    "tel 221 ",
    "eyJa-",
    "staff no. ",
    "DE12 ",
    "([",
    '"a" ',
    "| a ",
    '"name": ',
    "user=",
    "{",
    "name={",
    "<a>",
    "insert into a (",
    "insert into a (a) values (a),",
    ".name('",
    " (at) ",
    "a dot ",
    "[10:02] ann: ",
    "<ann> hi ",
    "/users/a-",
    "live:a.",
    "customer ",
    "her husband ",
    "Present: Ann, ",
    "; for — Ann",
    "anna ",
    "password for ",
    "password has been set ",
    "mysql -u a -p ",
    "curl -u a:",
    "door code for ",
    "to --password ",
    "staff no. of a ",
    "5 bis rue ",
    "3C:22:",
    "sort code 2-",
]

SCRIPT = """
import json, signal, sys
from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers

name, seconds, characters, units = sys.argv[1], *map(json.loads, sys.argv[2:])
recognize = pattern_recognizers(DetectSettings(countries=("DE", "GB", "US")))[name]
for unit in units:
    print(unit, end="\\0", flush=True)
    text = (unit * characters)[:characters]
    kind = "table" if unit in ("a\\t", "| a ") else "paragraph"
    for end in ("", "!x"):
        document = DocumentText.join([(kind, text + end)])
        signal.alarm(seconds)  # nobody handles it: the process dies in the middle of a match
        list(recognize(document))
        signal.alarm(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", list(pattern_recognizers(DetectSettings(countries=("DE",)))))
def test_repetitive_text_is_read_in_bounded_time(name):
    """What takes over 20 s for 200 KB is not linear; the usual is well below one."""
    arguments = [name, *map(json.dumps, (SECONDS, CHARACTERS, UNITS))]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{name} over {done.stdout.split(chr(0))[-2]!r}: {done.stderr}"
