import time
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privrag.pseudonym import LOOSE_PATTERN, MAX_TOKEN_LENGTH
from privrag.records import Reveal, SafeText
from privrag.restore import MAX_HELD, Restored
from tests.privrag.restoring import (
    ANN,
    BOB,
    ERASED,
    GONE,
    KEY,
    LEEDS,
    LOOKS,
    MAIL,
    ODD,
    SITE,
    STRANGER,
    TYPED,
    WRONG,
    Book,
    restorer,
    shown,
)
from tests.privrag.test_restore_calls import ADDRESSES, CALLS, CODE, PROSE, written

HOSTILE = [*ADDRESSES, *CODE, *CALLS, *PROSE]


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
        *(
            "{",
            "}",
            '{"',
            '": ',
            "f(",
            "url(",
            "&",
            "n=",
            "?n=",
            "-x",
            ".x",
            "@x",
            "\u3002",
            "\u200b",
        ),
        *("<tool_call>", "</tool_call>", "<script>", "</script>", "<b>", "<x>", "|", "$ ", "~~~\n"),
        *("```", "sh", "\n```\n", "curl ", "GET ", "echo ", "arguments:", "localhost:80/", "data:"),
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
    f"{ANN}.x.y {ANN}. {ANN}@x",
    f'{{"to":"{ANN}"}} {ANN}',
    f"<x_y>{ANN}</x_y> {ANN}",
    f"```sh\n{ANN}\n```\n{ANN}",
    f"a?b={ANN} c={ANN} {ANN}/x",
]


def seconds_of(text):
    """Of the CPU, to read it."""
    began = time.process_time()
    shown(text)
    return time.process_time() - began


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
        assert (whole.restored, whole.withheld, whole.invalid) == (5, 3, 1)
        for cut in range(len(text) + 1):
            assert streamed([text[:cut], text[cut:]]) == whole

    @settings(max_examples=200, deadline=None)
    @given(st.lists(PARTS, max_size=14))
    def test_no_more_is_held_back_than_a_token_and_what_is_joined_to_it(self, parts):
        stream = restorer(reveal=False).stream()
        for character in "".join(parts):
            stream.feed(SafeText(character))
            assert len(stream._held) <= MAX_HELD
            assert stream._held == "" or stream._held[0].isalpha()
            if LOOSE_PATTERN.match(stream._held) is None:
                assert len(stream._held) <= MAX_TOKEN_LENGTH

    @pytest.mark.parametrize("joined", ["-x", "/", ".x", "\u200b", f"/{ANN}", "=", "x/"])
    def test_an_endless_address_waits_no_longer_than_promised(self, joined):
        stream, out = restorer().stream(), 0
        text = f"{ANN}{joined * 2000}"
        for number, character in enumerate(text, 1):
            out += len(stream.feed(SafeText(character)))
            assert number - out <= MAX_HELD + 20  # restored words may be shorter than the token

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

    @pytest.mark.parametrize("text", HOSTILE)
    def test_every_single_cut_of_every_hostile_form_gives_what_the_whole_gives(self, text):
        text = written(text) + f" {ANN}"
        whole = restorer().restore(SafeText(text))
        assert streamed(list(text)) == whole
        for cut in range(len(text)):
            assert streamed([text[:cut], text[cut:]]) == whole

    def test_flushing_twice_gives_nothing_more(self):
        stream = restorer().stream()
        assert stream.feed(SafeText("PERSON_K7")) == ""
        assert stream.flush() == "PERSON_K7"
        assert stream.flush() == ""

    def test_a_hostile_long_text_is_read_in_linear_time(self):
        for piece in (
            "PERSON_",
            "<a ",
            "](",
            "\\",
            "x.",
            "[",
            "<a b='",
            "\n[",
            "a.bb/",
            '{"',
            "f(",
            "a=",
            "<x>",
            "```sh\n",
            "{a ",
            f"{ANN}/",
        ):
            short, four_times = (seconds_of(piece * (n // len(piece))) for n in (15_000, 60_000))
            assert four_times < 8 * short + 0.2, piece
