"""Text, Markdown and its relatives, HTML, data files."""

import pytest

from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import texts

MARKDOWN = """---
title: "The Manual"
---
import Tabs from "@x/tabs"

# Start here #

Press *the* button,
[then](x) wait.

Second title
------------

1. one
2. two
   - deep

```sh
rm -r x
```

| a | b |
|---|---|
| 1 | 2 |
"""


def test_markdown_blocks_are_verbatim_slices_of_the_source(parse: Parse) -> None:
    document = parse("m.mdx", MARKDOWN.encode())
    assert document.title == "The Manual"
    assert texts(document) == [
        ("header", 'title: "The Manual"'),
        ("code", 'import Tabs from "@x/tabs"'),
        ("heading", "Start here"),
        ("paragraph", "Press *the* button,\n[then](x) wait."),
        ("heading", "Second title"),
        ("list", "1. one\n2. two\n   - deep"),
        ("code", "```sh\nrm -r x\n```"),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ]
    assert all(block.text in MARKDOWN for block in document.blocks)


def test_the_first_heading_is_the_title_without_its_marks(parse: Parse) -> None:
    assert parse("m.md", b"# The *new* `desk` of [Bo](x)\n\ntext").title == "The new desk of Bo"


def test_rst_knows_headings_lists_tables_and_code(parse: Parse) -> None:
    source = "=====\nGuide\n=====\n\nSee::\n\n  ls\n\n- a\n- b\n\n=== ===\nx   y\n=== ===\n"
    document = parse("a.rst", source.encode())
    assert document.title == "Guide"
    assert texts(document) == [
        ("heading", "Guide"),
        ("paragraph", "See::"),
        ("code", "  ls"),
        ("list", "- a\n- b"),
        ("table", "=== ===\nx   y\n=== ==="),
    ]


def test_org_knows_headings_lists_tables_and_code(parse: Parse) -> None:
    source = "#+TITLE: Plan\n* One\ntext\n\n- a\n\n| x \t y |\n#+begin_src sh\n\nls\n#+end_src\n"
    document = parse("a.org", source.encode())
    assert document.title == "Plan"
    assert texts(document)[1:] == [
        ("heading", "One"),
        ("paragraph", "text"),
        ("list", "- a"),
        ("table", "| x \t y |"),
        ("code", "#+begin_src sh\n\nls\n#+end_src"),
    ]


def test_plain_text_is_cut_at_blank_lines_and_keeps_its_lines(parse: Parse) -> None:
    document = parse("a.txt", b"Dear Ada,\nsee below.\n \n\n  - one\n  - two\n")
    assert texts(document) == [
        ("paragraph", "Dear Ada,\nsee below."),
        ("list", "  - one\n  - two"),
    ]


HTML = """<html><head><title>Fees &amp; rents</title><script>track()</script></head><body>
<h2>Rents</h2> <p>Paid by <b>Ada</b>&nbsp;Quill<br>in   May.</p>loose <i>text</i>
<div hidden>no</div><p style="display: none">no</p>
<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>
<table><caption>Cap</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2</p>x</td></tr>
</table><table><tr><td>only layout</td></tr></table><pre>a
  b</pre></body></html>"""


def test_html_gives_what_a_browser_shows(parse: Parse) -> None:
    document = parse("a.html", HTML.encode())
    assert document.title == "Fees & rents"
    assert texts(document) == [
        ("heading", "Rents"),
        ("paragraph", "Paid by Ada Quill\nin May."),
        ("paragraph", "loose text"),
        ("list", "one\ntwo\nthree"),
        ("paragraph", "Cap"),
        ("table", "a \t b\n1 \t 2 x"),
        ("paragraph", "only layout"),
        ("code", "a\n  b"),
    ]


def test_html_follows_its_declared_encoding(parse: Parse) -> None:
    data = '<meta charset="windows-1251"><p>\u0418\u0432\u0430\u043d'.encode("cp1251")
    assert parse("a.htm", data).text == "\u0418\u0432\u0430\u043d"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "iso8859_15"]
)
def test_text_is_read_in_any_usual_encoding(parse: Parse, encoding: str) -> None:
    text = "Frau M\u00fcller w\u00e4hlt die gr\u00f6\u00dfere \u00dcbung f\u00fcr J\u00f6rg."
    assert parse("a.txt", text.encode(encoding)).text == text


def test_one_stray_byte_does_not_spoil_a_utf8_text(parse: Parse) -> None:
    data = "\u00e4\u00f6\u00fc \u20ac ".encode() * 5 + b"\xff end"
    assert parse("a.txt", data).text.endswith("\u20ac \ufffd end")


def test_json_escapes_are_read_so_that_no_name_hides_in_them(parse: Parse) -> None:
    data = rb'{"n": "M\u00fcller \ud83d\ude00\nnext", "p": "C:\\u0041"}'
    assert parse("a.json", data).text == '{"n": "M\u00fcller \U0001f600\nnext", "p": "C:\\u0041"}'


def test_xml_character_references_are_read_and_entities_are_not(parse: Parse) -> None:
    data = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><n>M&#252;ller &lt; &x;</n>'
    text = parse("a.xml", data).text
    assert text.endswith("<n>M\u00fcller &lt; &x;</n>")
    assert "root:" not in text


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b,c\n1,2,3\n", "a \t b \t c\n1 \t 2 \t 3"),
        (b"a, x; b; c\n1; 2, 3; 4\n", "a, x \t b \t c\n1 \t 2, 3 \t 4"),
        (b"a\tb\n1\t2\n", "a \t b\n1 \t 2"),
        (b'a,b\n"x\ny","z, w"\n,9\n\nq,\n', "a \t b\nx y \t z, w\n \t 9\nq"),
        (b"just one\ncolumn here\n", "just one\ncolumn here"),
    ],
)
def test_csv_finds_its_delimiter(parse: Parse, data: bytes, rows: str) -> None:
    assert texts(parse("a.csv", data)) == [("table", rows)]
