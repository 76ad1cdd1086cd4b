"""What a CSV file may look like, and what is said of one that cannot be used."""

import pytest

from privrag.errors import TrainingError
from privrag_finetune.texts.columns import Columns, Pair, read_table


def file_of(tmp_path, data: bytes):
    file = tmp_path / "notes.csv"
    file.write_bytes(data)
    return file


def read(tmp_path, data: bytes, **columns):
    return read_table(file_of(tmp_path, data), Columns(**columns))


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        (b"text,target\na,b\n", [("a", "b")]),
        (b"\xef\xbb\xbftext,target\r\na,b\r\n", [("a", "b")]),
        (b'text,target\n"two\nlines","a, ""b"""\n', [("two\nlines", 'a, "b"')]),
        ("id,target,text\n1,ü,ö\n".encode(), [("ö", "ü")]),
        (b"text,target\na,b\n\na,b\na,c\n , \nd,\n", [("a", "b"), ("a", "c")]),
        (b"text,target\n" + b"x" * 200_000 + b",long\n", [("x" * 200_000, "long")]),
    ],
    ids=["plain", "byte order mark", "quoted", "other order", "twice and empty", "very long"],
)
def test_rows_are_read_as_they_are_meant(tmp_path, data, pairs):
    assert read(tmp_path, data).pairs == tuple(Pair(*pair) for pair in pairs)


def test_rows_that_cannot_be_used_are_counted(tmp_path):
    data = b"text,target\na,b\na,b\na,\nc\nd,e,f\n,\n\ng,h\n"
    assert read(tmp_path, data).skipped == {"duplicate": 1, "empty": 1, "number of cells": 2}


def test_columns_go_by_name_and_cells_by_their_sign(tmp_path):
    table = read(tmp_path, b"q;a\nx;y\n", text="q", target="a", delimiter=";")
    assert table.pairs == (Pair("x", "y"),)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "notes.csv is empty"),
        (b"text,target\n", "no row with a text and a target"),
        (b"text,target\nAnna,\n", "left out: empty 1"),
        (b"Anna,Lee\nx,y\n", "no column of notes.csv is called 'text'.*--text-column"),
        (b"text,Anna\nx,y\n", "no column of notes.csv is called 'target'.*--target-column"),
        (b"text;target\nAnna;y\n", "has 1 cells divided by ','.*--delimiter"),
        (b"text,text,target\nAnna,x,y\n", "2 columns of notes.csv are called 'text'"),
        (b'text,target\nx,y\nx,"Anna\nLee\n', "not CSV at line"),
        (b"text,target\nAnna,\xff\n", "not UTF-8 .byte 17."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_without_its_words(tmp_path, data, says):
    with pytest.raises(TrainingError, match=says) as refused:
        read(tmp_path, data)
    assert "Anna" not in str(refused.value)
    assert "Lee" not in str(refused.value)


def test_a_file_that_is_not_there_and_a_sign_that_is_none(tmp_path):
    with pytest.raises(TrainingError, match=r"none.csv cannot be read"):
        read_table(tmp_path / "none.csv", Columns())
    with pytest.raises(TrainingError, match="one character"):
        read(tmp_path, b"text,target\na,b\n", delimiter="||")
