"""Mails and what hangs on them."""

from email.message import EmailMessage

import pytest

from privrag.errors import EncryptedDocumentError
from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import EML, make_docx, make_pdf, texts, write_lines


def mail(subject: str = "Flat", body: str = "Hello Tom.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ines Varga <ines@example.org>"
    message["To"] = "Tom Birk <tom@example.org>"
    message["Cc"] = "office@example.org"
    message["Subject"] = subject
    message.set_content(body)
    return message


def test_headers_come_first_and_the_subject_is_the_title(parse: Parse) -> None:
    document = parse("a.eml", EML)
    assert document.title == "Gr\u00fc\u00dfe"
    assert texts(document) == [
        (
            "header",
            "From: Ines Varga <ines@example.org>\nTo: Tom Birk <tom@example.org>\n"
            "Subject: Gr\u00fc\u00dfe\nDate: Tue, 01 Oct 2024 12:34:56 +0200",
        ),
        ("paragraph", "See you at nine."),
    ]


def test_plain_text_is_preferred_to_html(parse: Parse) -> None:
    message = mail()
    message.add_alternative("<p>Hello <b>HTML</b>.</p>", subtype="html")
    assert texts(parse("a.eml", message.as_bytes()))[1:] == [("paragraph", "Hello Tom.")]


def test_html_is_read_where_there_is_nothing_else(parse: Parse) -> None:
    message = mail(body="  ")
    message.add_alternative("<p>Hello <b>HTML</b>.</p>", subtype="html")
    assert texts(parse("a.eml", message.as_bytes()))[1:] == [("paragraph", "Hello HTML.")]


def test_attachments_follow_under_a_heading(parse: Parse) -> None:
    message = mail()
    message.add_attachment(
        make_docx(), maintype="application", subtype="octet-stream", filename="l\u00e9ase.docx"
    )
    pdf = make_pdf(write_lines("On page one."))
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="p.pdf")
    document = parse("a.eml", message.as_bytes())
    assert document.pages is None
    assert {block.page for block in document.blocks} == {None}
    assert texts(document)[1:4] == [
        ("paragraph", "Hello Tom."),
        ("heading", "Attachment: l\u00e9ase.docx"),
        ("header", "Confidential"),
    ]
    assert texts(document)[-2:] == [("heading", "Attachment: p.pdf"), ("paragraph", "On page one.")]


def test_an_attachment_that_cannot_be_read_leaves_a_note_and_the_mail(parse: Parse) -> None:
    message = mail()
    message.add_attachment(b"\x89PNG\r\n123", maintype="image", subtype="png", filename="x.png")
    message.add_attachment(b"%PDF-1.4 cut", maintype="application", subtype="pdf", filename="y.pdf")
    assert texts(parse("a.eml", message.as_bytes()))[1:] == [
        ("paragraph", "Hello Tom."),
        ("heading", "Attachment: x.png"),
        ("paragraph", "[This attachment was not read: .png files are not supported]"),
        ("heading", "Attachment: y.pdf"),
        ("paragraph", "[This attachment was not read: it is incomplete (its end is missing)]"),
    ]


def test_attached_mails_are_opened_two_deep(parse: Parse) -> None:
    message = mail("level 3", "third")
    for level in (2, 1, 0):
        outer = mail(f"level {level}", f"body {level}")
        outer.add_attachment(message, filename=f"{level + 1}.eml")
        message = outer
    text = parse("a.eml", message.as_bytes()).text
    assert "body 1" in text
    assert "body 2" in text
    assert "third" not in text
    assert "it is nested too deeply" in text


def test_a_broken_charset_or_header_does_not_lose_the_mail(parse: Parse) -> None:
    data = (
        b"From: Zo\xc3\xab <z@example.org>\nSubject: =?no-such-charset?q?Hi?=\n"
        b"Content-Type: text/plain; charset=no-such-charset\n\nM\xc3\xbcller\n"
    )
    text = parse("a.eml", data).text
    assert "From: Zo\u00eb <z@example.org>" in text
    assert text.endswith("M\u00fcller")


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
        "application/pkcs7-mime; smime-type=enveloped-data",
    ],
)
def test_an_encrypted_mail_is_refused(parse: Parse, content_type: str) -> None:
    data = f"From: a@example.org\nContent-Type: {content_type}\n\n--b\n\nx\n--b--\n".encode()
    with pytest.raises(EncryptedDocumentError, match="encrypted mail; save it decrypted"):
        parse("a.eml", data)
