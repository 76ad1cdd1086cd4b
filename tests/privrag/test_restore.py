import time
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privrag.errors import AuditError, SettingsError
from privrag.pseudonym import MAX_TOKEN_LENGTH, base, check_character
from privrag.records import Reveal, SafeText, Viewer
from privrag.restore import Restored, Restorer
from privrag.vault import FileKeyProvider, Mention, Vault


def token(label: str, body: str) -> str:
    return f"{label}_{body}{check_character(body)}"


ANN = "PERSON_K7M2QX4C"
BOB = token("PERSON", "AAAAAAA")
LEEDS = token("PERSON", "BBBBBBB")
SITE = token("URL", "CCCCCCC")
MAIL = token("EMAIL", "DDDDDDD")
LOOKS = token("LITERAL", "EEEEEEE")
TYPED = token("PERSON", "FFFFFFF")
ODD = token("MISC", "GGGGGGG")
ERASED = token("PERSON", "HHHHHHH")
STRANGER = token("PERSON", "JJJJJJJ")
GONE = token("PERSON", "KKKKKKK")
KEY = token("SECRET", "MMMMMMM")
WRONG = "PERSON_K7M2QX4D"

KNOWN = {
    ANN: "Chris Lee",
    f"{ANN}_B": "Ms. Lee",
    BOB: ANN,  # a name that looks like another's token
    LEEDS: "Chris Leeds",
    SITE: "https://evil.example/?q=",
    MAIL: "chris@lee.example",
    LOOKS: "PERSON_AAAAAAAA",
    ODD: r"\1 [Lee] (a|b)* $0 😀",
    STRANGER: "Dana Stranger",
    KEY: "hunter2",
}
SCOPE = frozenset({ANN, BOB, LEEDS, SITE, MAIL, LOOKS, ODD, ERASED, GONE, KEY})


class Book:
    """Looks words up as `Vault.surface` does and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, tokens: Collection[str]) -> dict[str, str]:
        self.asked.append(sorted(tokens))
        found = {t: KNOWN.get(t, KNOWN.get(base(t))) for t in tokens}
        return {t: words for t, words in found.items() if words is not None}


def restorer(
    *, reveal: Reveal = True, book: Book | None = None, record: Callable | None = None
) -> Restorer:
    return Restorer(
        book or Book(),
        SCOPE,
        reveal,
        {TYPED: "the asker's words"},
        record=record or (lambda _: None),
        erased=lambda tokens: {t for t in tokens if base(t) == GONE},
    )


def shown(text: str, *, reveal: bool = True) -> str:
    return restorer(reveal=reveal).restore(SafeText(text)).text


class TestOpening:
    def test_every_surface_comes_back_exactly(self):
        text = f"{ANN} ({ANN}_B) wrote to {MAIL}."
        assert restorer().restore(SafeText(text)) == Restored(
            "Chris Lee (Ms. Lee) wrote to chris@lee.example.", 3, 0, 0, frozenset({ANN, MAIL})
        )

    def test_text_without_tokens_is_unchanged_and_asks_nobody(self):
        book = Book()
        assert restorer(book=book).restore(SafeText("")).text == ""
        assert restorer(book=book).restore(SafeText("No one.")).text == "No one."
        assert book.asked == []

    def test_one_pass_does_not_restore_a_name_that_looks_like_a_token(self):
        assert shown(f"{BOB} and {ANN}") == f"{ANN} and Chris Lee"
        assert shown(f"{ANN} and {BOB}") == f"Chris Lee and {ANN}"

    def test_a_name_inside_a_longer_name_is_safe(self):
        assert shown(f"{ANN}, {LEEDS}, Chris Leeds, Annual") == (
            "Chris Lee, Chris Leeds, Chris Leeds, Annual"
        )

    def test_names_are_not_patterns(self):
        assert shown(f"<{ODD}> {ANN}") == r"<\1 [Lee] (a|b)* $0 😀> Chris Lee"

    @pytest.mark.parametrize(
        "written", [ANN.lower(), "Person_k7M2QX4c", ANN.replace("_", "\\_"), f"**{ANN}**"]
    )
    def test_rewritten_forms_are_recognised_because_the_check_protects(self, written):
        assert shown(written).strip("*") == "Chris Lee"

    def test_an_unknown_alias_gives_the_first_surface(self):
        assert shown(f"{LEEDS}_B") == "Chris Leeds"

    def test_the_vault_is_asked_once_for_a_text(self):
        book = Book()
        restorer(book=book).restore(SafeText(f"{ANN} {ANN}_B {LEEDS} {ANN} {STRANGER} {TYPED}"))
        assert book.asked == [sorted([ANN, f"{ANN}_B", LEEDS])]

    def test_a_restored_text_is_in_no_repr(self):
        assert "Chris" not in repr(restorer().restore(SafeText(ANN)))
        assert "asker" not in repr(restorer())


class TestTypes:
    """Which types are opened: `Viewer.reveal` as the restorer takes it."""

    TEXT = f"{ANN}, {MAIL}, {KEY}, {LOOKS}, {TYPED}"

    @pytest.mark.parametrize(
        ("reveal", "expected"),
        [
            (True, f"Chris Lee, chris@lee.example, {KEY}, PERSON_AAAAAAAA, the asker's words"),
            (False, f"{ANN}, {MAIL}, {KEY}, PERSON_AAAAAAAA, the asker's words"),
            (
                frozenset({"EMAIL"}),
                f"{ANN}, chris@lee.example, {KEY}, PERSON_AAAAAAAA, the asker's words",
            ),
            (
                frozenset({"SECRET"}),
                f"{ANN}, {MAIL}, hunter2, PERSON_AAAAAAAA, the asker's words",
            ),
            (frozenset(), f"{ANN}, {MAIL}, {KEY}, PERSON_AAAAAAAA, the asker's words"),
        ],
    )
    def test_only_the_types_of_the_policy_are_opened(self, reveal, expected):
        assert shown(self.TEXT, reveal=reveal) == expected

    def test_the_vault_is_not_even_asked_for_a_type_that_stays_closed(self):
        book = Book()
        restorer(reveal=frozenset({"EMAIL"}), book=book).restore(SafeText(self.TEXT))
        assert book.asked == [sorted([MAIL, LOOKS])]

    def test_secrets_are_for_the_owner_or_by_name_only(self):
        assert "SECRET" not in Viewer("ann", reveal=True).revealed
        assert "SECRET" in Viewer("ann", reveal=frozenset({"SECRET"})).revealed
        assert "SECRET" in Viewer("owner", owner=True, reveal=True).revealed
        assert Viewer("owner", owner=True).revealed == frozenset()
        assert Viewer("owner", owner=True, reveal=frozenset({"ORG"})).revealed == {"ORG"}

    @pytest.mark.parametrize("wrong", ["PERSON", ["PERSON"], frozenset({"PERSN"}), 1, None])
    def test_a_right_that_nobody_can_read_is_refused(self, wrong):
        with pytest.raises(SettingsError, match="True, False or a frozenset .* PERSON, EMAIL"):
            Viewer("ann", reveal=wrong)


class TestErased:
    def test_an_erased_person_shows_as_such_and_counts_as_withheld(self):
        result = restorer().restore(SafeText(f"{GONE} and {GONE}_B met {ANN}, not {ERASED}."))
        assert result == Restored(
            f"[erased] and [erased] met Chris Lee, not {ERASED}.", 1, 3, 0, frozenset({ANN})
        )

    def test_nobody_outside_the_scope_and_no_other_type_is_told(self):
        elsewhere = replace(restorer(), scope=frozenset({ANN}))
        assert elsewhere.restore(SafeText(GONE)).text == GONE
        assert shown(GONE, reveal=False) == GONE

    def test_an_address_stays_whole(self):
        assert shown(f"https://x.example/{GONE}") == f"https://x.example/{GONE}"

    def test_the_mark_makes_no_link_that_a_name_slips_into(self):
        assert shown(f"{GONE}(https://x.example/{ANN})").endswith(f"({'https://x.example/'}{ANN})")
        assert shown(f"{GONE}({ANN})") == f"[erased]({ANN})"
        assert shown(f"{GONE}: {ANN}") == f"[erased]: {ANN}"


class TestRecording:
    def test_what_comes_out_of_the_vault_is_recorded_before_it_is_given_out(self):
        told: list[set[str]] = []
        stream = restorer(record=lambda new: told.append(set(new))).stream()
        assert stream.feed(SafeText(f"{ANN} met ")) == "Chris Lee met "
        assert told == [{ANN}]
        stream.feed(SafeText(f"{MAIL}, {TYPED}, {STRANGER}, {WRONG}, {GONE}, /{LEEDS[:-1]} "))
        assert told == [{ANN}, {MAIL}]

    def test_if_it_cannot_be_recorded_nothing_comes_out(self):
        def refuse(_):
            raise AuditError("full")

        with pytest.raises(AuditError):
            restorer(record=refuse).restore(SafeText(ANN))
        with pytest.raises(AuditError):
            restorer(record=refuse).restore_quotes([SafeText(ANN)])
        closed = f"{TYPED} https://x.example/{ANN} {STRANGER}"
        assert restorer(record=refuse).restore(SafeText(closed)).restored == 1

    def test_several_quotes_are_one_record(self):
        told: list[set[str]] = []
        texts = [SafeText(f"{ANN} {MAIL}"), SafeText("no one"), SafeText(f"{LEEDS} {ANN}")]
        restored = restorer(record=lambda new: told.append(set(new))).restore_quotes(texts)
        assert [r.text for r in restored] == [
            "Chris Lee chris@lee.example", "no one", "Chris Leeds Chris Lee",
        ]  # fmt: skip
        assert told == [{ANN, MAIL, LEEDS}]


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
            (f"{STRANGER} {WRONG} {STRANGER}_B", 2, 1),
        ],
    )
    def test_what_may_not_be_opened_stays_and_is_counted(self, text, withheld, invalid):
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
        assert (result.restored, result.withheld, result.invalid) == (2, 2, 0)
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
        assert result == Restored(text, 0, text.count(ANN), 0, frozenset())
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


def streamed(pieces: list[str], *, reveal: Reveal = True) -> Restored:
    stream = restorer(reveal=reveal).stream()
    text = "".join([stream.feed(SafeText(piece)) for piece in pieces]) + stream.flush()
    return Restored(
        text, stream.restored, stream.withheld, stream.invalid, frozenset(stream.opened)
    )


PARTS = st.sampled_from(
    [
        *(ANN, f"{ANN}_B", BOB, LEEDS, SITE, MAIL, LOOKS, TYPED, ODD, ERASED, STRANGER, WRONG),
        *(GONE, f"{GONE}_B", KEY),
        *(ANN.lower(), ANN.replace("_", "\\_"), ANN[:9], f"{ANN}_B\\", "_", "\\", "X", "P"),
        *("PERSON", "_B", "_X", "[", "]", "(", ")", "](", "![", "[1]:", "]:", "<", ">", "<a "),
        *("</", "=", '"', "'", '="', ' "', "://", "https://x.example/", "www.", "mailto:", "/"),
        *("?", "#", ".", ":", "^", "x.example", " ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "😀"),
        *("\ud83d", "\ude00", "é", "李", "word", "0"),
    ]
)


REVEALS = st.sampled_from([True, False, frozenset({"EMAIL"}), frozenset({"PERSON", "SECRET"})])

TWICE_CUT = [
    f"李{ANN}_B😀{ANN.lower()}.",
    f"[x](/{ANN}) {BOB}_C",
    f'<a b="{ANN}">{MAIL}</a>',
    "é" + ANN.replace("_", "\\_") + f"_B\\_, {GONE}",
    f"www.x.example/{ANN}\n{ANN}",
    f"[1]: /{LEEDS}\n\n{SITE}/{ANN}",
    f"{WRONG}\u0301 {TYPED}😀",
]


class TestStreaming:
    @pytest.mark.parametrize("text", TWICE_CUT)
    def test_every_two_cuts_give_what_the_whole_gives(self, text):
        whole = restorer().restore(SafeText(text))
        for a, b in combinations(range(len(text) + 1), 2):
            assert streamed([text[:a], text[a:b], text[b:]]) == whole, (a, b)

    @settings(max_examples=600, deadline=None)
    @given(st.lists(PARTS, max_size=14), st.data(), REVEALS)
    def test_every_partition_gives_what_the_whole_gives(self, parts, data, reveal):
        text = "".join(parts)
        cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
        ends = [0, *cuts, len(text)]
        pieces = [text[a:b] for a, b in pairwise(ends)]
        assert streamed(pieces, reveal=reveal) == restorer(reveal=reveal).restore(SafeText(text))

    @settings(max_examples=300, deadline=None)
    @given(st.lists(PARTS, max_size=14))
    @example([ANN, "\\", "_", "B"])
    @example([f"{ANN}_B", "\\", "_"])
    def test_one_character_at_a_time_gives_what_the_whole_gives(self, parts):
        text = "".join(parts)
        assert streamed(list(text)) == restorer().restore(SafeText(text))

    def test_every_single_cut_of_a_text_with_everything_in_it(self):
        text = (
            f"{ANN}_B met 李{BOB}😀. ![i](https://x.example/?q={ANN}) <a href='{MAIL}'>{MAIL}</a>\n"
            f"[1]: /{ANN}\nwww.x.example/{ANN} {LOOKS} {TYPED} {WRONG} {STRANGER} {ANN}_"
        )
        whole = restorer().restore(SafeText(text))
        assert (whole.restored, whole.withheld, whole.invalid) == (5, 5, 1)
        for cut in range(len(text) + 1):
            assert streamed([text[:cut], text[cut:]]) == whole

    @settings(max_examples=200, deadline=None)
    @given(st.lists(PARTS, max_size=14))
    def test_no_more_than_a_possible_token_is_held_back(self, parts):
        stream = restorer(reveal=False).stream()
        for character in "".join(parts):
            stream.feed(SafeText(character))
            assert len(stream._held) <= MAX_TOKEN_LENGTH
            assert stream._held == "" or stream._held[0].isalpha()

    def test_plain_words_leave_at_once(self):
        stream = restorer().stream()
        assert stream.feed(SafeText("The contract of ")) == "The contract of "
        assert stream.feed(SafeText("PERSON_K7M2")) == ""
        assert stream.feed(SafeText("QX4C")) == ""  # may go on with _B
        assert stream.feed(SafeText(" is")) == "Chris Lee is"
        assert stream.feed(SafeText(" [here](http")) == " [here](http"
        assert stream.feed(SafeText("s://x.example")) == "s://x.example"
        assert stream.flush() == ""

    def test_the_vault_is_asked_once_a_piece_and_not_before_it_must(self):
        book = Book()
        stream = restorer(book=book).stream()
        stream.feed(SafeText(f"{ANN}"))
        assert book.asked == []
        stream.feed(SafeText(f", {LEEDS}, {ANN} and"))
        assert book.asked == [sorted([ANN, LEEDS])]
        stream.flush()
        assert len(book.asked) == 1

    def test_flushing_twice_gives_nothing_more(self):
        stream = restorer().stream()
        assert stream.feed(SafeText("PERSON_K7")) == ""
        assert stream.flush() == "PERSON_K7"
        assert stream.flush() == ""

    def test_a_hostile_long_text_is_read_in_linear_time(self):
        for piece in ("PERSON_", "<a ", "](", "\\", "x.", "[", "<a b='", "\n[", "a.bb/"):
            text = piece * (60_000 // len(piece))
            began = time.perf_counter()
            shown(text)
            assert time.perf_counter() - began < 2, piece


def test_names_go_through_a_real_vault_and_back(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as vault:
        ann, ms_lee, lit = vault.assign(
            [
                Mention("PERSON", "Chris Lee", "chris lee"),
                Mention("PERSON", "Ms. Lee", "chris lee"),
                Mention("LITERAL", ANN, ANN),
            ],
            version="v1",
        )
        real = Restorer(vault.surface, frozenset({ann, lit}), True, record=lambda _: None)
        text = SafeText(f"{ms_lee}, that is {ann}, wrote {lit}.")
        assert real.restore(text).text == f"Ms. Lee, that is Chris Lee, wrote {ANN}."
