"""Surname first without a comma."""

import pytest

from privrag.pseudonymize.linking.canonical import canonical, full_names, link
from privrag.pseudonymize.linking.name_order import other_orders


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("CASTLEREAGH Philomena", "philomena castlereagh"),
        ("Mrs. CASTLEREAGH Philomena's", "philomena castlereagh"),
        ("VAN DER BERG Jan Piet", "jan piet van der berg"),
        ("ASHBY-MWANGI Gwen-Marie", "gwen-marie ashby-mwangi"),
        # near misses
        ("Philomena CASTLEREAGH", "philomena castlereagh"),
        ("ANNA Lindqvist", "anna lindqvist"),
        ("AJ Lindqvist", "aj lindqvist"),
        ("QUIRM ZOLTA", "quirm zolta"),
        ("Castlereagh Philomena", "castlereagh philomena"),
        ("QUIRM McPherson", "quirm mcpherson"),
    ],
)
def test_capitals_say_which_word_is_the_surname(written, form):
    assert canonical("PERSON", written) == form


@pytest.mark.parametrize(
    ("names", "forms"),
    [
        (["Zolta Quirm", "Quirm Zolta"], ["zolta quirm", "zolta quirm"]),
        (["Quirm Saoirse", "Saoirse Quirm"], ["saoirse quirm", "saoirse quirm"]),
        (["Zolta Quirm", "QUIRM ZOLTA", "Quirm"], ["zolta quirm"] * 3),
        (["Quirm Zolta Ane", "Zolta Ane Quirm"], ["quirm zolta ane"] * 2),
        # near misses
        (["Quirm Zolta"], ["quirm zolta"]),
        (["John James", "James John"], ["john james", "james john"]),
        (["Zolta Quirm", "Quirm Zoltan"], ["zolta quirm", "quirm zoltan"]),
    ],
)
def test_the_other_order_joins_where_both_stand_in_the_document(names, forms):
    surfaces = [("PERSON", name) for name in names]
    assert link(surfaces) == forms
    assert full_names(surfaces) == set(forms)


def test_two_given_names_have_no_other_order():
    assert other_orders("john james") == ()
    assert other_orders("zolta quirm") == ("quirm zolta",)
