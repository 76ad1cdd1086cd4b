"""`docs/settings.md` is what the settings classes say."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_settings_page_is_up_to_date():
    page = runpy.run_path(str(DOCS / "make_settings.py"))["page"]()
    stored = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert stored == page, "run: .venv/bin/python docs/make_settings.py"
