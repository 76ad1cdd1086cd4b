"""Splits and merges of invented people are counted, and nobody is named."""

import json

from privrag_evals.privacy.linking import linking


def write(path, *rows):
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def marked(text, **names):
    spans = []
    for entity, surfaces in names.items():
        for surface in surfaces:
            at = text.index(surface)
            spans.append(
                {"start": at, "end": at + len(surface), "label": "PERSON", "entity": entity}
            )
    return {"text": text, "spans": spans}


def test_an_alias_joins_its_full_name_and_an_ambiguous_one_is_a_split(tmp_path):
    file = write(
        tmp_path / "a.jsonl",
        marked("Then Lindqvist left, Marta Lindqvist stayed.", a=["Lindqvist", "Marta Lindqvist"]),
        marked("Ida Berg met Olaf Berg. Ms Berg paid.", a=["Ida Berg", "Ms Berg"], b=["Olaf Berg"]),
    )  # fmt: skip
    found = linking(file)["people in one text, gold marks"]
    assert found["b_cubed"]["precision"] == 1.0
    assert found["b_cubed"]["recall"] < 1.0
    assert found["splits_by_kind"] == {"single name fits several people": 1}


def profile(text, surface, key, first, last, handle):
    at = text.index(surface)
    entity = {"entity_type": "PERSON", "start_offset": at, "end_offset": at + len(surface),
              "entity_id": 1, "identifier_type": "DIRECT"}  # fmt: skip
    person = {"Unique ID": key, "First Name": first, "Last Name": last,
              "Social Media Handles": repr({"X": f"@{handle}"})}  # fmt: skip
    return {
        "text": text,
        "entities": [entity],
        "metadata": {"provenance": {"profile": person}},
    }


def test_a_handle_joins_its_name_and_two_people_of_one_given_name_stay_apart_across_texts(tmp_path):
    file = write(
        tmp_path / "b.jsonl",
        profile("linh_pham wrote this.", "linh_pham", "1", "Linh", "Pham", "linh_pham"),
        profile("So said Jonas to us.", "Jonas", "2", "Jonas", "Keller", "jk_9"),
        profile("And Jonas wrote it.", "Jonas", "3", "Jonas", "Vik", "jv_7"),
    )
    found = linking(file)["people across texts, gold marks"]
    assert found["merges"] == {"single word": 0, "several words": 0}
    assert found["splits_by_kind"].get("user name against name", 0) == 0
    assert "Jonas" not in json.dumps(found)
