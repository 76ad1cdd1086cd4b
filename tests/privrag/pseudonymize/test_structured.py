"""JSON, code, logs and chats as whole documents: what one line gives away is hidden in all.

All people and numbers are invented. No name model: what stands here is found without one.
"""

import pytest

from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.profile import DetectSettings


@pytest.fixture(scope="module")
def detector():
    """The whole detection but for the model."""
    one = Detector(DetectSettings(quasi="always"))
    one._loaded = True
    return one


def masked(detector, text, kind="paragraph"):
    """The text with `_` for whatever was found."""
    (found,) = detector.detect([(kind, text)])
    for entity in sorted(found, key=lambda e: -e.start):
        text = text[: entity.start] + "_" + text[entity.end :]
    return text


def test_fields_side_by_side_make_a_full_name_that_is_hidden_elsewhere(detector):
    text = (
        '{"firstName": "Thelonio", "lastName": "Quirmbanks", "age": 3}\n'
        "brother of Thelonio Quirmbanks, ask T. Quirmbanks or Quirmbanks, Thelonio; Thelonio knows"
    )
    assert masked(detector, text, "code").endswith("brother of _, ask _ or _; _ knows")
