"""The whole detector with the real name model. All people are invented."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from privrag.errors import ModelError
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings, Label

pytestmark = [
    pytest.mark.slow,
    # spaCy and its parts warn about each other's deprecations while they are imported
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

ONLY_EMAIL = DetectSettings(
    actions={label: "keep" for label in get_args(Label) if label != "EMAIL"}
)
MAIL = [
    (
        "header",
        "From: Zolta Quirm <zolta.quirm@vandermolen.example>\nTo: Bo Tann <bo@vandermolen.example>",
    ),
    (
        "paragraph",
        "Dear Mr Tann,\nSarah Whitfield visited the plant in Lyon on 3 March 2024. "
        "Whitfield liked it.",
    ),
    ("table", "Technician | Phone\nMika Aaltokorpi | 01632 960123\nQuirm | 01632 960124"),
    ("code", "owner = 'Zolta Quirm'"),
    ("paragraph", "Best regards,\nZolta"),
]


@pytest.fixture(scope="module")
def detector():
    return Detector(DetectSettings())


def texts(blocks, found):
    return [
        [(e.label, text[e.start : e.end]) for e in entities]
        for (_, text), entities in zip(blocks, found, strict=True)
    ]


def test_a_whole_document_is_read_at_once(detector):
    assert texts(MAIL, detector.detect(MAIL)) == [
        [
            ("PERSON", "Zolta Quirm"),
            ("EMAIL", "zolta.quirm@vandermolen.example"),
            ("PERSON", "Bo Tann"),
            ("EMAIL", "bo@vandermolen.example"),
        ],
        [
            ("PERSON", "Tann"),
            ("PERSON", "Sarah Whitfield"),
            ("LOCATION", "Lyon"),
            ("DATE", "3 March 2024"),
            ("PERSON", "Whitfield"),
        ],
        [
            ("PERSON", "Mika Aaltokorpi"),
            ("PHONE", "01632 960123"),
            ("PERSON", "Quirm"),
            ("PHONE", "01632 960124"),
        ],
        [("PERSON", "Zolta Quirm")],
        [("PERSON", "Zolta")],
    ]


def test_only_the_chosen_labels_are_given():
    chosen = Detector(ONLY_EMAIL)
    assert {e.label for entities in chosen.detect(MAIL) for e in entities} == {"EMAIL"}


PROSE = [
    ("heading", "Safety Instructions For The Charging Station"),
    (
        "paragraph",
        "Switch off the power in June. The Monday Meeting is in Lyon. Open the Control Panel. "
        + "The cable is checked before every use and the plug is kept dry. " * 8,
    ),
    ("table", "Part | Price\nMain Board | 12\nBlue Cable | 7"),
]


def test_prose_without_people_has_none(detector):
    assert detector.detect(PROSE) == [[], [], []]


def test_places_count_once_somebody_is_named(detector):
    named = [*PROSE, ("paragraph", "Ask Mr Quirm.")]
    assert texts(named, detector.detect(named)) == [
        [],
        [("LOCATION", "Lyon")],
        [],
        [("PERSON", "Quirm")],
    ]


def test_places_count_everywhere_if_the_setting_says_so():
    always = Detector(DetectSettings(quasi="always"))
    assert ("LOCATION", "Lyon") in texts(PROSE, always.detect(PROSE))[1]


def test_empty_documents_and_blocks_have_empty_results(detector):
    assert detector.detect([]) == []
    assert detector.detect([("paragraph", ""), ("table", " \n ")]) == [[], []]


def test_spans_do_not_overlap_and_are_trimmed(detector):
    for (_, text), entities in zip(MAIL, detector.detect(MAIL), strict=True):
        for before, after in pairwise(entities):
            assert before.end <= after.start
        assert all(text[e.start : e.end] == text[e.start : e.end].strip(" \n.,;") for e in entities)


def test_results_do_not_depend_on_workers_or_order(detector):
    documents = [
        MAIL,
        MAIL[::-1],
        [("paragraph", "Sarah Whitfield met Tom Okonkwo at 030 23125 123.")] * 3,
    ]
    expected = [detector.detect(blocks) for blocks in documents]
    with DetectorPool(DetectSettings(workers=2)) as pool:
        assert list(pool.detect_many(documents)) == expected
        assert list(pool.detect_many(documents[::-1])) == expected[::-1]


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert Detector(DetectSettings()).detect(MAIL)[0]


def test_a_child_loads_neither_torch_nor_presidio_and_stays_small():
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from privrag.pseudonymize.worker import Worker\n"
        "from privrag.pseudonymize import lean\n"
        "lean.forbid_torch()\n"
        "lean.leave_presidio_out()\n"
        "lean.multiply_with_numpy()\n"
        "text = 'Sarah Whitfield went to Lyon on day %d.'\n"
        "blocks = [['paragraph', text % n] for n in range(2000)]\n"
        "answer = Worker().handle({'settings': {}, 'blocks': blocks})\n"
        "assert len(answer['entities']) == 2000, answer\n"
        "assert all(answer['entities']), answer\n"
        "assert sys.modules['torch'] is None\n"
        "assert 'presidio_analyzer' not in sys.modules\n"
        "status = Path('/proc/self/status').read_text().splitlines()\n"
        "print(next(int(line.split()[1]) // 1024 for line in status if line.startswith('VmHWM')))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert int(run.stdout.split()[-1]) < 300


def test_a_missing_model_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match="no_such_model"):
        Detector(DetectSettings(model="no_such_model")).detect(MAIL)
    with pytest.raises(ModelError, match="spaCy model"):
        Detector(DetectSettings(model=str(tmp_path))).detect(MAIL)


def test_presidio_recognizers_plug_in():
    presidio = pytest.importorskip("presidio_analyzer")
    from privrag.pseudonymize.models.presidio import PresidioRecognizers

    pattern = presidio.Pattern("room", r"\bR\d{3}\b", 0.3)
    room = presidio.PatternRecognizer(supported_entity="ROOM", patterns=[pattern], context=["room"])
    plugged = PresidioRecognizers([room], language="en", threshold=0.35)
    found = Detector(DetectSettings(), recognizers=[plugged]).detect(
        [("paragraph", "Come to room R217."), ("paragraph", "The bathroom type R300 is fine.")]
    )
    assert [[(e.label, e.recognizer) for e in entities] for entities in found] == [
        [("ID", "presidio.PatternRecognizer")],
        [],
    ]


def test_presidios_own_recognizers_are_named_in_the_settings():
    settings = DetectSettings(presidio=("DateRecognizer",))
    (found,) = Detector(settings).detect([("paragraph", "The plant opened on 03/04/2024.")])
    assert [(e.label, e.recognizer) for e in found] == [("ID", "presidio.DateRecognizer")]
    with DetectorPool(settings) as pool:  # whose children load Presidio only if it is asked for
        assert pool.detect([("paragraph", "The plant opened on 03/04/2024.")]) == [found]
    with pytest.raises(ModelError, match="no recognizer 'Nothing'"):
        Detector(DetectSettings(presidio=("Nothing",))).detect(MAIL)


def test_threads_that_share_a_detector_find_what_one_finds(detector):
    names = ["Sarah Whitfield", "Tom Okonkwo", "Mika Aaltokorpi", "Zolta Quirm", "Brunhilde Vost"]
    texts = [f"{names[n % 5]} visited plant {n} in Lyon with Mr Tann." for n in range(200)]
    alone = [detector.detect([("paragraph", text)]) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: detector.detect([("paragraph", text)]), texts))
    assert together == alone
    assert all(entities for (entities,) in alone)


def found_with(text, **actions):
    (found,) = Detector(DetectSettings(actions=actions)).detect([("paragraph", text)])
    return [(e.label, text[e.start : e.end]) for e in found]


def test_a_web_address_with_escapes_is_one_thing():
    text = "Ask Mr Zolta Quirm: https://vandermolen.example/p/Zolta%20Quirm%22/page, he said."
    assert found_with(text) == [
        ("PERSON", "Zolta Quirm"),
        ("URL", "https://vandermolen.example/p/Zolta%20Quirm%22/page"),
    ]


def test_a_name_that_runs_on_behind_a_web_address_is_hidden_to_its_end():
    text = "Ask Mr Zolta Quirm. https://vandermolen.example/p/Zolta%20Quirm Zolta Quirm left."
    assert found_with(text) == [
        ("PERSON", "Zolta Quirm"),
        ("URL", "https://vandermolen.example/p/Zolta%20Quirm"),
        ("PERSON", "Zolta Quirm"),
    ]


@pytest.mark.parametrize("kept", ["URL", "ADDRESS"])
def test_what_stays_in_clear_hides_no_name_inside_it(kept):
    text = "Mr Zolta Quirm wrote https://vandermolen.example/Zolta%20Quirm from 7 Quirm Street."
    words = [words for _, words in found_with(text, **{kept: "keep"})]
    clear = text
    for each in words:
        clear = clear.replace(each, "")
    assert kept not in [label for label, _ in found_with(text, **{kept: "keep"})]
    assert "Quirm" not in clear
