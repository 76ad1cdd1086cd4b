"""PDF: words, pages, paragraphs, tables."""

from typing import Any

from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import make_pdf, texts, write_lines


def draw_grid(rows: list[list[str]], *, left: float = 72, top: float = 600) -> Any:
    """A ruled table with cells of 100 by 20 points."""

    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 10)
        width, height = 100 * len(rows[0]), 20 * len(rows)
        for number in range(len(rows) + 1):
            canvas.line(left, top - 20 * number, left + width, top - 20 * number)
        for number in range(len(rows[0]) + 1):
            canvas.line(left + 100 * number, top, left + 100 * number, top - height)
        for y, row in enumerate(rows):
            for x, text in enumerate(row):
                canvas.drawString(left + 4 + 100 * x, top - 14 - 20 * y, text)

    return draw


def both(*draws: Any) -> Any:
    def draw(canvas: Any) -> None:
        for one in draws:
            one(canvas)

    return draw


def test_lines_become_paragraphs_and_large_type_a_heading(parse: Parse) -> None:
    page = both(
        write_lines("Notice", top=780, size=20),
        write_lines("Ada Quill has rented the whole of", "the house since May.", top=740),
        write_lines("The rent is paid monthly, in", "advance.", top=690),
        write_lines("1. Keys", "2. Deposit", top=640),
    )
    assert texts(parse("a.pdf", make_pdf(page))) == [
        ("heading", "Notice"),
        ("paragraph", "Ada Quill has rented the whole of the house since May."),
        ("paragraph", "The rent is paid monthly, in advance."),
        ("list", "1. Keys\n2. Deposit"),
    ]


def test_a_wrapped_line_that_begins_with_a_number_goes_on(parse: Parse) -> None:
    lines = ["Urgent calls go to the house in Tolland Street number", "12. Ada Quill answers them."]
    expected = [("paragraph", " ".join(lines))]
    assert texts(parse("a.pdf", make_pdf(write_lines(*lines)))) == expected


def test_widely_spaced_lines_are_one_paragraph(parse: Parse) -> None:
    def page(canvas: Any) -> None:
        for number in range(12):
            line = f"Line {number} of a lease that is set with a lot of white"
            canvas.drawString(72, 760 - 24 * number - 40 * (number // 6), line)

    assert len(parse("a.pdf", make_pdf(page)).blocks) == 2


def test_each_block_names_its_page_and_empty_pages_count(parse: Parse) -> None:
    data = make_pdf(write_lines("First."), lambda canvas: None, write_lines("Third."))
    document = parse("a.pdf", data)
    assert document.pages == 3
    assert [(b.page, b.text) for b in document.blocks] == [(1, "First."), (3, "Third.")]


def test_a_ruled_table_stands_in_its_place_and_once(parse: Parse) -> None:
    page = both(
        write_lines("Before the table.", top=700),
        draw_grid([["Name", "Room"], ["Bo Renn", "12"], ["Ada Quill", "14"]]),
        write_lines("After the table.", top=500),
    )
    assert texts(parse("a.pdf", make_pdf(page))) == [
        ("paragraph", "Before the table."),
        ("table", "Name \t Room\nBo Renn \t 12\nAda Quill \t 14"),
        ("paragraph", "After the table."),
    ]


def test_a_table_on_a_turned_page_is_read_as_seen(parse: Parse) -> None:
    def turned(canvas: Any) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        draw_grid([["Name", "Room"], ["Bo Renn", "12"]], top=400)(canvas)
        write_lines("Words beside it,", "on two lines.", top=500)(canvas)

    found = texts(parse("a.pdf", make_pdf(turned)))
    assert ("table", "Name \t Room\nBo Renn \t 12") in found
    assert ("paragraph", "Words beside it, on two lines.") in found
    assert len(found) == 2


def test_columns_without_rules_become_rows(parse: Parse) -> None:
    def page(canvas: Any) -> None:
        for row, cells in enumerate((("Item", "Price"), ("Desk", "120"), ("Lamp", "30"))):
            for column, text in enumerate(cells):
                canvas.drawString(72 + 200 * column, 700 - 16 * row, text)

    assert texts(parse("a.pdf", make_pdf(page))) == [
        ("table", "Item \t Price\nDesk \t 120\nLamp \t 30")
    ]


def test_two_columns_of_prose_are_read_one_after_the_other(parse: Parse) -> None:
    left = [
        "The first column speaks of the",
        "harbour and of the old ferry",
        "that left for good in May.",
    ]
    right = [
        "The second column speaks of",
        "the mountain and of the new",
        "railway that will open there.",
    ]

    def by_column(canvas: Any) -> None:
        write_lines(*left)(canvas)
        write_lines(*right, x=320)(canvas)

    def by_line(canvas: Any) -> None:
        for number, pair in enumerate(zip(left, right, strict=True)):
            for x, line in zip((72, 320), pair, strict=True):
                write_lines(line, x=x, top=760 - 13 * number)(canvas)

    expected = [("paragraph", " ".join(left)), ("paragraph", " ".join(right))]
    assert texts(parse("a.pdf", make_pdf(by_column))) == expected
    assert texts(parse("a.pdf", make_pdf(by_line))) == expected


def test_a_word_cut_at_the_end_of_a_line_keeps_hyphen_and_break(parse: Parse) -> None:
    page = write_lines("The house belongs to Ms Quil-", "lington and to nobody else.")
    assert parse("a.pdf", make_pdf(page)).text == (
        "The house belongs to Ms Quil-\nlington and to nobody else."
    )


def test_lines_that_repeat_on_every_page_are_headers(parse: Parse) -> None:
    pages = [
        both(
            write_lines("Handbook of Tolland Ltd", top=810),
            write_lines(f"This page speaks of topic {word}.", f"And of more {word}.", top=700),
            write_lines(f"Page {number}", top=30),
        )
        for number, word in enumerate(("keys", "rent", "heat", "roof"), 1)
    ]
    document = parse("a.pdf", make_pdf(*pages))
    assert [(b.kind, b.text) for b in document.blocks if b.page == 2] == [
        ("header", "Handbook of Tolland Ltd"),
        ("paragraph", "This page speaks of topic rent. And of more rent."),
        ("header", "Page 2"),
    ]


def test_form_values_follow_their_labels(parse: Parse) -> None:
    def page(canvas: Any) -> None:
        write_lines("Name:", top=700)(canvas)
        write_lines("End of the form.", top=600)(canvas)
        canvas.acroForm.textfield(
            name="n", value="Ines Varga", x=120, y=694, width=120, height=18, borderStyle="solid"
        )

    text = parse("a.pdf", make_pdf(page)).text
    assert text.index("Name:") < text.index("Ines Varga") < text.index("End of the form.")


def test_the_title_is_the_documents_own_unless_a_program_made_it_up(parse: Parse) -> None:
    def titled(title: str) -> bytes:
        def page(canvas: Any) -> None:
            canvas.setTitle(title)
            write_lines("Text.")(canvas)

        return make_pdf(page)

    assert parse("a.pdf", titled("House rules")).title == "House rules"
    assert parse("a.pdf", titled("untitled")).title == "a"
    assert parse("a.pdf", titled("Microsoft Word - scan0001.doc")).title == "a"


def test_an_empty_password_opens_what_may_be_read_by_all(parse: Parse) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    encryption = StandardEncryption("", ownerPassword="owner", canPrint=0, strength=128)
    data = make_pdf(write_lines("Open to read."), encrypt=encryption)
    assert parse("a.pdf", data).text == "Open to read."
