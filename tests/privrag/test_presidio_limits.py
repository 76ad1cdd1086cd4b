"""The time limit of Presidio's patterns is ours, whatever the environment says."""

import importlib
import os
import sys
from types import ModuleType

import pytest

from privrag.presidio_limits import REGEX_TIMEOUT_SECONDS, limit_presidio


@pytest.mark.parametrize("ambient", ["900", "1", None])
def test_what_the_environment_says_does_not_win(monkeypatch, ambient):
    monkeypatch.setenv("REGEX_TIMEOUT_SECONDS", ambient or "")
    if ambient is None:
        monkeypatch.delenv("REGEX_TIMEOUT_SECONDS")
    limit_presidio()
    assert os.environ["REGEX_TIMEOUT_SECONDS"] == "2"


def test_it_holds_where_presidio_was_imported_before(monkeypatch):
    monkeypatch.setenv("REGEX_TIMEOUT_SECONDS", "60")
    modules = [ModuleType("presidio_analyzer.quirm"), ModuleType("presidio_other")]
    for module in modules:
        module.REGEX_TIMEOUT_SECONDS = 60
        monkeypatch.setitem(sys.modules, module.__name__, module)
    limit_presidio()
    assert [module.REGEX_TIMEOUT_SECONDS for module in modules] == [REGEX_TIMEOUT_SECONDS, 60]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("user", ["detector", "second_opinion"])
def test_both_users_of_presidio_set_it(monkeypatch, user):
    from privrag.pseudonymize.models.presidio import PresidioRecognizers, predefined
    from privrag.second_opinion import SecondOpinion

    monkeypatch.setenv("REGEX_TIMEOUT_SECONDS", "900")
    theirs = [
        importlib.import_module(f"presidio_analyzer.{name}")
        for name in (
            "pattern_recognizer",
            "analyzer_engine",
            "predefined_recognizers.generic.iban_recognizer",
        )
    ]
    for module in theirs:
        monkeypatch.setattr(module, "REGEX_TIMEOUT_SECONDS", 900)
    if user == "detector":
        PresidioRecognizers(predefined(["DateRecognizer"], "en"), language="en", threshold=0.4)
    else:
        SecondOpinion().find("Marta Lindqvist signed it.")
    assert [module.REGEX_TIMEOUT_SECONDS for module in theirs] == [2, 2, 2]
