"""A report shows what runs hold, escapes it, and needs nothing but itself."""

import json
import re
from html.parser import HTMLParser

import pytest

from privrag.axis import axis_over
from privrag.errors import EvaluationError
from privrag_evals.report import write_report
from privrag_evals.report.plots import Row, differences_plot, intervals
from tests.evals.kept import DATA, ONES, ZEROS, keep, store_in

EVIL = "<script>alert(1)</script>|[x](http://example.com)`"


def written(tmp_path, runs, names=()):
    write_report(runs, list(names), tmp_path / "out")
    return {p.suffix[1:]: p.read_text("utf-8") for p in (tmp_path / "out").iterdir()}


class Tags(HTMLParser):
    """Collects what a page is made of; refuses a tag that closes nothing."""

    VOID = frozenset({"br", "circle", "line", "meta"})

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.addresses += [v for k, v in attrs if k in {"src", "href", "xlink:href", "action"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags_of(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def test_the_page_loads_nothing_and_says_each_figure_with_interval_and_verdict(tmp_path):
    runs, own = store_in(tmp_path)
    traits = [{"category": "cars", "difficulty": "easy"} for _ in range(12)]
    half = [0.0, 1.0] * 6
    systems = {"bm25": {"ndcg_at_10": ZEROS}, "hybrid": {"ndcg_at_10": half}}
    keep(runs, own, systems, traits=traits)
    files = written(tmp_path, runs)
    tags = tags_of(files["html"])
    assert not {"script", "link", "img", "iframe", "object"} & set(tags.seen)
    assert all(address.startswith("#") for address in tags.addresses)
    assert not re.search(r"url\(|@import|https?:", files["html"])
    assert "default-src 'none'" in files["html"]
    assert tags.seen.count("title") > tags.seen.count("svg") - 4  # each but the axes has one
    content = json.loads(files["json"])["runs"][0]
    figure = content["systems"]["hybrid"]["figures"]["ndcg_at_10"]
    low, high = figure["ci95"]
    assert (figure["value"], figure["cases"]) == (0.5, 12)
    for kind in ("html", "md"):
        for words in ("0.500", f"{low:.3f}", f"{high:.3f}", "hybrid - bm25", "better", "cars"):
            assert words in files[kind], (kind, words)
        assert "privrag eval retrieval --data houses" in files[kind]
    assert content["systems"]["hybrid"]["cells"]["rows"]["cars"]["easy"]["cases"] == 12


def test_whatever_stands_in_names_is_text_and_no_markup(tmp_path):
    runs, own = store_in(tmp_path)
    traits = [{"category": EVIL} for _ in range(12)]
    data = {**DATA, "name": EVIL}
    keep(runs, own, {EVIL: {"ndcg_at_10": ONES}}, data=data, traits=traits)
    files = written(tmp_path, runs)
    assert "script" not in tags_of(files["html"]).seen
    assert "<script" not in files["md"]
    assert not re.search(r"(?<!\\)\]\(http", files["md"])
    rows = [line for line in files["md"].splitlines() if line.startswith("| &lt;script")]
    assert rows
    assert all(not re.search(r"(?<!\\)[`\[<]", row) for row in rows)


def test_answers_without_a_figure_and_a_run_before_are_told(tmp_path):
    runs, own = store_in(tmp_path)
    keep(runs, own, {"privrag": {"holds_answer": ZEROS, "support": ZEROS}}, kind="qa")
    keep(runs, own, {"privrag": {"holds_answer": ONES, "support": ZEROS}}, kind="qa")
    files = written(tmp_path, runs)
    (content,) = json.loads(files["json"])["runs"]
    found = content["earlier"]["systems"]["privrag"]["figures"]
    assert (found["holds_answer"]["verdict"], found["support"]["verdict"]) == (
        "better",
        "undecided",
    )
    assert "Since the run before" in files["html"]
    tags_of(files["html"])


def test_without_names_the_newest_run_of_each_kind_and_data_is_shown(tmp_path):
    runs, own = store_in(tmp_path)
    with pytest.raises(EvaluationError, match="no runs to report"):
        write_report(runs, [], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    old = keep(runs, own, {"a": {"ndcg_at_10": ONES}})
    new = keep(runs, own, {"a": {"ndcg_at_10": ONES}})
    answers = keep(runs, own, {"a": {"holds_answer": ONES}}, kind="qa")
    assert write_report(runs, [], tmp_path / "out")["runs"] == [new.id, answers.id]
    assert write_report(runs, [old.id], tmp_path / "out")["runs"] == [old.id]
    (tmp_path / "file").touch()
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(runs, [], tmp_path / "file")


def test_no_word_of_a_question_or_an_absent_figure_becomes_a_nan(tmp_path):
    runs, own = store_in(tmp_path)
    nan = [float("nan")] * 12
    keep(runs, own, {"a": {"holds_answer": nan, "em": ONES}}, kind="qa")
    files = written(tmp_path, runs)
    assert not any(
        "nan" in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", t.lower()) for t in files.values()
    )


@pytest.mark.parametrize(
    ("values", "within", "ticks"),
    [
        ([0.0, 1.0], (0.0, 1.0), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        ([0.75, 0.98], (0.0, 1.0), (0.7, 0.8, 0.9, 1.0)),
        ([0.5], (0.0, 1.0), (0.44, 0.46, 0.48, 0.5, 0.52, 0.54, 0.56)),
        ([], None, None),
    ],
)
def test_an_axis_has_round_ticks_around_its_values(values, within, ticks):
    axis = axis_over(values, within=within)
    assert axis.low < axis.high
    assert ticks is None or axis.ticks == pytest.approx(ticks)
    assert all(axis.low <= value <= axis.high for value in values)
    assert len({text for _, text in axis.named()}) == len(axis.ticks)


def test_marks_stand_where_their_values_are():
    (mark,) = intervals("x", [Row("a", 0.5, (0.25, 1.0))], whole=True).marks
    assert (mark.at, mark.low, mark.high) == (50.0, 25.0, 100.0)
    plot = differences_plot("x", [Row("a", 0.1, (-0.1, 0.3), verdict="undecided")])
    assert plot.zero is not None
    assert plot.marks[0].low < plot.zero < plot.marks[0].at


def test_a_report_is_readable_by_its_user_alone_also_over_an_older_one(tmp_path):
    runs, own = store_in(tmp_path)
    keep(runs, own, {"a": {"ndcg_at_10": ZEROS}})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.md").write_text("old")
    written(tmp_path, runs)
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "out").iterdir()} == {0o600}


def test_promoted_models_are_named(tmp_path):
    runs, own = store_in(tmp_path)
    result = keep(runs, own, {"a": {"ndcg_at_10": ZEROS}}).result
    runs.add("retrieval", DATA | {"name": "tuned"}, own, result, promoted={"embedder": "mine-1"})
    (run,) = json.loads(written(tmp_path, runs)["json"])["runs"]
    assert run["settings"]["promoted.embedder"] == "mine-1"
    assert run["earlier"]["settings"]["promoted.embedder"] == {"before": None, "after": "mine-1"}
