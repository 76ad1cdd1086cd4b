import pytest

from privrag.records import SafeText
from privrag.restore import Restored
from tests.privrag.restoring import (
    ANN,
    ERASED,
    LOOKS,
    MAIL,
    SITE,
    STRANGER,
    TYPED,
    WRONG,
    Book,
    restorer,
    shown,
    token,
)


class TestWithholding:
    @pytest.mark.parametrize(
        ("text", "withheld", "invalid"),
        [
            (STRANGER, 1, 0),  # out of scope
            (ERASED, 1, 0),  # in scope, but the vault no longer knows it
            (WRONG, 0, 1),
            (WRONG.lower(), 0, 1),
            (f"{ANN[:-1]}", 0, 0),  # too short: no token
            (f"{ANN}_X_Y {ANN}X X{ANN} {ANN}_", 0, 0),  # neither, nor half of one
            (f"{STRANGER} {WRONG} {STRANGER}_B", 1, 1),  # ids are counted, not places
            (f"{STRANGER} {ERASED} {STRANGER}", 2, 0),
        ],
    )
    def test_what_may_not_be_opened_stays_and_its_ids_are_counted(self, text, withheld, invalid):
        expected = Restored(text, 0, withheld, invalid, frozenset())
        assert restorer().restore(SafeText(text)) == expected

    def test_nothing_is_ever_matched_approximately(self):
        for i in range(len("PERSON_"), len(ANN)):
            for symbol in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
                near = ANN[:i] + symbol + ANN[i + 1 :]
                assert shown(near) == ("Chris Lee" if near == ANN else near)

    def test_a_viewer_who_may_not_reveal_gets_safe_text_and_their_own_words(self):
        book = Book()
        text = f"{ANN}, {ANN.lower()}, {TYPED}, {LOOKS}"
        result = restorer(reveal=False, book=book).restore(SafeText(text))
        assert result.text == f"{ANN}, {ANN.lower()}, the asker's words, PERSON_AAAAAAAA"
        assert (result.restored, result.withheld, result.invalid) == (2, 1, 0)
        assert result.closed == {ANN}
        assert result.opened == {LOOKS}  # their own words did not come out of the vault
        assert book.asked == [[LOOKS]]

    def test_a_literal_of_another_request_stays(self):
        other = token("LITERAL", "0000001")
        assert shown(other) == other

    @pytest.mark.parametrize(
        "text",
        [
            "https://x.example/{}",
            "HTTP://{}",
            "ftp://x/?a=b&c={}&d",
            "www.x.example/{}",
            "x.example/?q={}",
            "x.example:8080/{}",
            "x.example?{}",
            "//x.example/{}",
            r"https:\/\/x.example/{}",
            "mailto:{}",
            "MAILTO:a@b.example?subject={}",
            "https://x.example/\u00a0{}",  # a no-break space does not end an address
            "https://x.example/{},{}/{}",
            "[text](https://x.example/{})",
            "[text]({})",
            "![image](/pixel.png?{})",
            "![image](<a b {}>)",
            "![image](<a)b/{}>)",
            "[text](a\\)b/{})",
            "[text](a(b)c/{})",
            '[text](a "title {}")',
            '[text](a ") {}")',
            "[text](a\n{})",
            "[a][1]\n\n[1]: {}",
            "[1]: https://x.example/{}",
            "> [1]: /a?{}",
            "[1]:\n  <a {}>",
            "[two\nlines]: {}",
            '<img src="https://x.example/{}">',
            "<img src=/{}>",
            "<img alt='{}'>",
            '<a title="1 > 0 {}">',
            '<a title=">\n\n{}">',
            "<a href=\n{}>",
            "<p {}>",
            "</p {}>",
            "<https://x.example/{}>",
            '</y="https://x.example/">{}',  # no tag, so the address goes on
            '\\<y a="https://x.example/">{}',
        ],
    )
    def test_no_name_goes_into_a_link_a_target_or_an_attribute(self, text):
        text = text.replace("{}", ANN)
        result = restorer().restore(SafeText(text))
        assert result == Restored(text, 0, 1, 0, frozenset())
        assert shown(text.replace(ANN, TYPED)) == text.replace(ANN, TYPED)
        literal = text.replace(ANN, LOOKS)
        assert shown(literal) == literal.replace(LOOKS, "PERSON_AAAAAAAA")

    @pytest.mark.parametrize(
        "text",
        [
            "https://x.example/ {}",
            "(https://x.example/)\n{}",
            "[{}](https://x.example/) {}",
            "![{}](a.png) {}",
            "[a](b(c)d) {}",
            "[text](unclosed\n\n{}",
            "[1] {}, [2]: {} [^1] (see {})",
            "[^1]: {} wrote it",
            "[1]: https://x.example/\n{}",
            "- [x] {}\n- [ ] {}",
            "[x] ({})",
            "<b>{}</b>",
            '<a href="https://x.example/">{}</a>',
            "<https://x.example/> {}",
            "1 < 2 and {} > {}",
            "a <- {}",
            "<x unclosed\n\n{}",
            "<{}>",
            "Name <{}>, {}",
            "and/or {}/{}",
            "e.g./{}",
            "Data: {}, tel:{}, 10:30:{}",
            "Is it x.example? {}",
            "`{}` \"{}\" '{}' *{}* #{} ?{}",
            "| {} | {} |",
            "f({}) = [{}] {{{}}}",
        ],
    )
    def test_names_beside_links_and_in_plain_text_are_restored(self, text):
        safe = text.replace("{}", ANN)
        result = restorer().restore(SafeText(safe))
        assert result.text == text.replace("{}", "Chris Lee")
        assert (result.restored, result.withheld) == (safe.count(ANN), 0)

    def test_an_address_that_a_restored_word_begins_counts_too(self):
        # A document may hold the attacker's address, and the model may join it to a name.
        assert shown(f"{SITE}/{ANN} {ANN}") == f"https://evil.example/?q=/{ANN} Chris Lee"

    def test_a_quote_of_a_source_gets_back_what_stood_in_its_links(self):
        text = SafeText(f"[x](https://x.example/{ANN}) mailto:{MAIL} {STRANGER}")
        [result] = restorer().restore_quotes([text])
        assert (
            result.text == f"[x](https://x.example/Chris Lee) mailto:chris@lee.example {STRANGER}"
        )
        assert (result.restored, result.withheld) == (2, 1)
