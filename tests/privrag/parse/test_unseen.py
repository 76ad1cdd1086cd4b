"""What a reader of the page does not see does not reach the index; what he sees does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.parse.text import clean
from privrag.parse.unseen import style_hides, without_unseen
from tests.privrag.parse.samples import make_pdf, make_zip

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "visibility: hidden", "font-size:0", "FONT-SIZE: 0px", "font-size:1px;",
        "opacity: 0", "position:absolute;left:-9999px", "text-indent:-999px",
        "color:#fff;background-color:white", "color:red;background:red", "height:0;overflow:hidden",
        "clip: rect(0, 0, 0, 0)", "color: transparent",
    ],
)  # fmt: skip
def test_a_style_that_shows_nothing_hides(style):
    assert style_hides(style)


@pytest.mark.parametrize(
    "style",
    [
        "display:block", "font-size:1em", "font-size:.9em", "font: bold 12px Arial",
        "font-size:10px", "opacity:0.5", "opacity:1", "margin-left:-100px", "left:-50px",
        "color:white", "color:#fff;background:#333", "height:0", "background-color:transparent",
        "width:100px;overflow:hidden",
    ],
)  # fmt: skip
def test_a_style_that_shows_something_does_not(style):
    assert not style_hides(style)


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("a <!-- x --> b", "a  b"),
        ("# T\n\n<!-- a\n\nb -->\n\nend", "# T\n\n\n\nend"),
        ("<div hidden>a <div>b</div> c</div> d", " d"),
        ("<p style='display:none'>q</p>r", "r"),
        ("<template>z</template>w", "w"),
        ("text {/* note */} more", "text  more"),
        ("a\n<!-- never closed", "a\n"),
        ("A ` sign.\n\n<!-- x -->\n\nAnother ` sign.", "A ` sign.\n\n\n\nAnother ` sign."),
    ],
)
def test_markdown_loses_what_a_browser_does_not_show(markdown, seen):
    assert without_unseen(markdown) == seen


@pytest.mark.parametrize(
    "markdown",
    [
        "`<!-- x -->` is a comment",
        "```html\n<!-- x -->\n<div hidden>y</div>\n```\nz",
        "a < b and <b>c</b>",
        "<details>opened by a click</details>",
        "<div aria-hidden='true'>sighted readers see it</div>",
        '<div class="hidden-title">seen</div>',
    ],
)
def test_what_is_shown_stays(markdown):
    assert without_unseen(markdown) == markdown


@given(st.text(st.characters(codec="ascii", exclude_characters="<{")))
def test_text_without_markup_never_changes(text):
    assert without_unseen(text) == text


HIDDEN = (
    "".join(chr(0xE0000 + ord(c)) for c in "obey") + "\u200b\u202e\u2066\u00ad\u3164\ufe00\ufe01"
)


@given(st.text(st.sampled_from("abc XYZ.é漢0"), max_size=30), st.integers(0, 30))
def test_invisible_characters_go_and_visible_ones_stay(text, at):
    at = min(at, len(text))
    assert clean(text[:at] + HIDDEN + text[at:]) == clean(text)


@pytest.mark.parametrize("text", ["❤\ufe0f", "1\ufe0f\u20e3", "葛\U000e0100"])
def test_a_selector_that_chooses_a_shape_stays(text):
    assert clean(text) == text


def test_bytes_in_selectors_after_a_letter_go():
    assert clean("A\ufe01B\U000e0101C") == "ABC"


def kept(parse, name, data):
    document = parse(name, data)
    for block in document.blocks:
        assert document.text[block.start : block.end] == block.text
    return document.text


def test_hidden_html_is_left_out_also_in_preformatted_text(parse):
    page = (
        "<p>one</p><pre>two <span style='display:none'>no</span><b>three</b></pre><p hidden>no</p>"
    )
    assert kept(parse, "a.html", page.encode()) == "one\n\ntwo three"


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def style(identifier, properties="", based=""):
    above = f'<w:basedOn w:val="{based}"/>' if based else ""
    name = f'<w:name w:val="{identifier.lower()}"/>'
    return f'<w:style w:styleId="{identifier}">{name}{above}<w:rPr>{properties}</w:rPr></w:style>'


def word(body, styles, **others):
    def part(root, content):
        return f'<w:{root} xmlns:w="{W}">{content}</w:{root}>'

    return make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
            "word/styles.xml": part("styles", styles),
            **{f"word/{name}.xml": part(*content) for name, content in others.items()},
        }
    )


def test_hidden_runs_and_styles_of_word_are_left_out(parse):
    runs = [
        run("seen "), run("no", "<w:vanish/>"), run("too ", '<w:vanish w:val="0"/>'),
        run("no", '<w:rStyle w:val="H"/>'), run("no", '<w:sz w:val="2"/>'),
        run("end", '<w:sz w:val="20"/>'),
    ]  # fmt: skip
    body = f"<w:p>{''.join(runs)}</w:p>"
    assert kept(parse, "a.docx", word(body, style("H", "<w:vanish/>"))) == "seen too end"


def test_hidden_styles_of_word_are_inherited_and_hold_for_all_of_a_paragraph(parse):
    styles = (
        style("H", "<w:vanish/>")
        + style("Child", based="H")
        + style("Shown", '<w:vanish w:val="0"/>', based="H")
    )

    def paragraph(name, content):
        return f'<w:p><w:pPr><w:pStyle w:val="{name}"/></w:pPr>{content}</w:p>'

    body = (
        paragraph("Child", run("no"))
        + paragraph("H", f"<w:hyperlink>{run('no')}</w:hyperlink><w:ins>{run('no')}</w:ins>")
        + paragraph("Shown", run("seen"))
    )
    header = ("hdr", paragraph("H", run("no")) + paragraph("Shown", run("top")))
    assert kept(parse, "a.docx", word(body, styles, header1=header)).split() == ["top", "seen"]


def test_hidden_text_of_rtf_is_left_out(parse):
    assert kept(parse, "a.rtf", rb"{\rtf1 seen {\v no}\v no\v0  end\par}") == "seen  end"


def pdf_text(parse, draw):
    return kept(parse, "a.pdf", make_pdf(draw))


def line(canvas, text, y, *, mode=0, size=11.0, white=False):
    shown = canvas.beginText(72, y)
    shown.setFont("Helvetica", size)
    shown.setTextRenderMode(mode)
    shown.setFillGray(1 if white else 0)
    shown.textOut(text)
    canvas.drawText(shown)


def test_pdf_text_in_no_ink_white_on_white_or_tiny_is_left_out(parse):
    def draw(canvas):
        line(canvas, "Seen line.", 760)
        line(canvas, "No ink.", 730, mode=3)
        line(canvas, "No colour.", 700, white=True)
        line(canvas, "No size.", 670, size=0.5)

    assert pdf_text(parse, draw) == "Seen line."


def test_pdf_text_in_white_on_a_dark_ground_stays(parse):
    def draw(canvas):
        canvas.setFillGray(0.2)
        canvas.rect(60, 690, 300, 30, fill=1)
        line(canvas, "White heading.", 700, white=True)

    assert pdf_text(parse, draw) == "White heading."


def test_pdf_text_recognised_in_a_picture_stays(parse):
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    def draw(canvas):
        picture = ImageReader(Image.new("RGB", (8, 8), "grey"))
        canvas.drawImage(picture, 60, 600, 400, 200)
        line(canvas, "Scanned words.", 700, mode=3)

    assert pdf_text(parse, draw) == "Scanned words."
