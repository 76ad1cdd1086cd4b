"""Accounts that the words before them give away; everybody is invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.account import find_accounts


def accounts(text, kind="paragraph"):
    document = DocumentText.join([(kind, text)])
    return [text[m.start : m.end] for m in resolve(document, find_accounts(document))]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("wechat: quirmzolta88", "quirmzolta88"),
        ("WeChat ID: quirmzolta", "quirmzolta"),
        ("Telegram: @zolta_quirm", "@zolta_quirm"),
        ("signal: quirm.42", "quirm.42"),
        ("x: @zquirm", "@zquirm"),
        ("ig=zolta_quirm", "zolta_quirm"),
    ],
)
def test_messenger_before_it_makes_a_word_an_account(text, user):
    assert accounts(text) == [user]


@pytest.mark.parametrize(
    "text",
    ["signal: strong", "discord: general", "slack: platform-team", "x: 10", "x: abc", "tg: 4"],
)
def test_values_of_settings_are_no_accounts(text):
    assert accounts(text) == []


def test_short_keys_are_variables_in_code():
    assert accounts("x = node_42", kind="code") == []


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("home: /home/tquirm", "tquirm"),
        ("see /home/tquirm/notes.txt", "tquirm"),
        ("in /Users/zolta/Documents", "zolta"),
        ("PATH=/export/home/tquirm:/bin", "tquirm"),
        (r"C:\Users\tquirm\Desktop", "tquirm"),
        (r"C:\Users\Zolta Quirm\Desktop", "Zolta Quirm"),
        (r'"C:\\Users\\baker\\x"', "baker"),
        ("It lies in /home/tquirm.", "tquirm"),
    ],
)
def test_home_folder_is_named_after_its_owner(text, user):
    assert accounts(text) == [user]


@pytest.mark.parametrize(
    "text",
    [
        "/home/ubuntu/app",
        "/home/mysql/data",
        "/home/runner/work",
        "/Users/Shared/x",
        r"C:\Users\Public\Documents",
        "/home/$USER/x",
        "/home/<user>/x",
        "/home/ec2-user",
        "https://quirm.example/home/news",
        "GET /users/profile",
    ],
)
def test_folders_of_machines_and_pages_are_nobodys(text):
    assert accounts(text) == []
