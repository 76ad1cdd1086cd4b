"""Who is the same person: merge, split, alias, flags."""

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Flag, Mention, Vault

ANN = Mention("PERSON", "Ann Lee", "ann lee", ("lee",))
MS_LEE = Mention("PERSON", "Ms. Lee", "ann lee", ("lee",))
RAY = Mention("PERSON", "Ann Ray", "ann ray", ("ray",))
BOB = Mention("PERSON", "Bob Lee", "bob lee", ("lee",))


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def person(*forms: str) -> list[tuple[str, str]]:
    return [("PERSON", form) for form in forms]


class TestMerge:
    def test_old_tokens_restore_exactly_and_both_names_lead_to_one(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        assert vault.merge(ann, ray) == (ann, ray)
        assert vault.surface([ann, ray]) == {ann: "Ann Lee", ray: "Ann Ray"}
        found = vault.find(person("ann lee", "ann ray", "lee", "ray"))
        assert set(found.values()) == {ann}
        assert len(found) == 4

    def test_later_mentions_get_the_survivor(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        vault.merge(ann, ray)
        [later] = vault.assign([RAY], version="v2")
        assert later == ann + "_B"
        assert vault.assign([RAY, ANN], version="v3") == [later, ann]
        assert vault.surface([later]) == {later: "Ann Ray"}
        assert vault.find(person("ann ray")) == {("PERSON", "ann ray"): ann}

    def test_a_surname_that_two_shared_names_one_now(self, vault):
        ann, bob = vault.assign([ANN, BOB], version="v1")
        assert vault.find(person("lee")) == {}
        vault.merge(bob, ann)
        assert vault.find(person("lee")) == {("PERSON", "lee"): bob}

    def test_one_of_them_mentioned_keeps_both(self, vault):
        [ann] = vault.assign([ANN], version="v1")
        [ray] = vault.assign([RAY], version="v2")
        vault.merge(ann, ray)
        assert vault.release("v1") == 0
        assert vault.find(person("ann lee", "ann ray")) == {
            ("PERSON", "ann lee"): ann,
            ("PERSON", "ann ray"): ann,
        }
        assert vault.release("v2") == 2
        assert vault.surface([ann, ray]) == {}

    def test_a_chain_of_merges_is_one_person(self, vault):
        ann, ray, bob = vault.assign([ANN, RAY, BOB], version="v1")
        vault.merge(ann, ray)
        vault.merge(bob, ray)
        assert vault.leaders([ann, ray, bob]) == {ann: bob, ray: bob}
        assert vault.led_by([bob]) == {ann: bob, ray: bob}
        assert vault.show(ray).others == (ann, ray)

    def test_parts_of_both_go_along(self, vault):
        many = [Mention("PERSON", f"Ann Lee {n}", "ann lee") for n in range(30)]
        tokens = vault.assign(many, version="v1")
        [ray] = vault.assign([RAY], version="v1")
        vault.merge(ray, tokens[0])
        assert set(vault.led_by([ray])) == {tokens[0], tokens[26]}
        assert vault.assign(many[:1], version="v2") == [ray + "_B"]

    def test_what_cannot_be_one_is_refused_and_nothing_changed(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        [mail] = vault.assign([Mention("EMAIL", "a@b.example", "a@b.example")], version="v1")
        mark = vault.mark()
        for other, said in [
            (ann, "one entity already"),
            (mail, "of two types"),
            ("PERSON_K7M2QX4C", "knows no PERSON_K7M2QX4C"),
        ]:
            with pytest.raises(VaultError, match=said):
                vault.merge(ann, other)
        vault.merge(ann, ray)
        with pytest.raises(VaultError, match="one entity already"):
            vault.merge(ray, ann)
        assert vault.mark().partition(":")[0] == str(int(mark.partition(":")[0]) + 1)


class TestSplit:
    def test_a_surface_becomes_an_entity_and_old_tokens_restore(self, vault):
        ann, ms = vault.assign([ANN, MS_LEE], version="v1")
        new = vault.split(ann, ["Ms. Lee"], forms=person("lee"))
        assert vault.surface([ann, ms, new]) == {ann: "Ann Lee", ms: "Ms. Lee", new: "Ms. Lee"}
        assert vault.find(person("ann lee", "lee")) == {
            ("PERSON", "ann lee"): ann,
            ("PERSON", "lee"): new,
        }
        assert vault.assign([ANN, MS_LEE], version="v2") == [ann, new]
        assert vault.verify().damaged == ()

    def test_by_token_and_new_surfaces_stay_with_the_old_one(self, vault):
        ann, ms = vault.assign([ANN, MS_LEE], version="v1")
        new = vault.split(ann, [ms])
        further = Mention("PERSON", "A. Lee", "ann lee")
        assert vault.assign([further, MS_LEE], version="v2") == [ann + "_C", new]

    def test_the_documents_concerned_are_stale_until_written_again(self, vault):
        ann, ms = vault.assign([ANN, MS_LEE], version="v1")
        vault.assign([BOB], version="v2")
        assert vault.stale() == set()
        vault.split(ann, [ms])
        assert vault.stale() == {"v1"}
        vault.assign([ANN, MS_LEE], version="v3")
        vault.release("v1")
        assert vault.stale() == set()

    def test_a_merge_is_undone(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        vault.merge(ann, ray)
        assert vault.split(ann, [ray]) == ray
        assert vault.assign([ANN, RAY], version="v2") == [ann, ray]
        assert vault.find(person("ann ray")) == {("PERSON", "ann ray"): ray}

    def test_what_is_not_there_or_all_of_it_is_refused(self, vault):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        for surfaces, said in [
            (["Bob"], "has no such surface"),
            (["Ms. Lee", "Bob"], "has no such surface"),
            (["Ann Lee", "Ms. Lee"], "nothing would be left"),
        ]:
            with pytest.raises(VaultError, match=said) as caught:
                vault.split(ann, surfaces)
            assert "Bob" not in str(caught.value)

    def test_what_was_split_off_can_be_merged_elsewhere(self, vault):
        ann, _, bob = vault.assign([ANN, MS_LEE, BOB], version="v1")
        new = vault.split(ann, ["Ms. Lee"])
        vault.merge(bob, new)
        assert vault.assign([MS_LEE], version="v2") == [bob + "_B"]

    def test_words_of_several_that_were_merged_end_with_one_person_each(self, vault):
        ann, ray, bob = vault.assign([ANN, RAY, BOB], version="v1")
        vault.merge(ann, ray)
        vault.merge(ann, bob)
        assert vault.split(ann, ["Ann Ray", "Bob Lee"]) == ray
        assert vault.led_by([ray]) == {bob: ray}
        assert vault.leaders([ann]) == {}
        assert vault.assign([ANN, RAY, BOB], version="v2") == [ann, ray, ray + "_B"]
        assert vault.verify().damaged == ()

    def test_a_part_of_each_of_two_that_were_merged(self, vault):
        a_ray = Mention("PERSON", "A. Ray", "ann ray")
        ann, _, ray, _ = vault.assign([ANN, MS_LEE, RAY, a_ray], version="v1")
        vault.merge(ann, ray)
        new = vault.split(ann, ["Ms. Lee", "A. Ray"])
        later = vault.assign([ANN, MS_LEE, RAY, a_ray], version="v2")
        people = {vault.show(token).pseudonym for token in (later[1], later[3])}
        assert (people, vault.show(later[0]).pseudonym, vault.show(later[2]).pseudonym) == (
            {new},
            ann,
            ann,
        )
        assert vault.verify().damaged == ()

    def test_a_word_that_is_not_there_is_refused_beside_one_that_is_there_twice(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        vault.merge(ann, ray)
        vault.assign([RAY], version="v2")  # its words stand in both entities now
        with pytest.raises(VaultError, match="has no such surface"):
            vault.split(ann, ["Ann Ray", "Bob"])

    def test_a_further_name_stays_with_the_one_that_led(self, vault):
        ann, ray = vault.assign([ANN, RAY], version="v1")
        vault.alias(ann, ("PERSON", "ann weber"))
        vault.merge(ann, ray)
        assert vault.split(ann, ["Ann Lee"]) == ann
        assert vault.find(person("ann weber", "ann ray")) == {
            ("PERSON", "ann weber"): ann,
            ("PERSON", "ann ray"): ray,
        }

    def test_words_come_back_when_whoever_had_them_is_gone(self, vault):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        new = vault.split(ann, ["Ms. Lee"])
        vault.assign([ANN], version="v2")
        assert vault.release("v1") == 1
        assert vault.surface([new]) == {}
        [again] = vault.assign([MS_LEE], version="v3")
        assert vault.surface([again]) == {again: "Ms. Lee"}
        assert vault.show(again).pseudonym == ann
        assert vault.verify().damaged == ()

    def test_moved_words_are_whose_they_are_now(self, vault):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        new = vault.split(ann, ["Ms. Lee"])
        assert sorted(vault.every_surface()) == sorted([(ann, "Ann Lee"), (new, "Ms. Lee")])


class TestAlias:
    def test_a_further_name_finds_it_and_later_documents_use_it(self, vault):
        [ann] = vault.assign([ANN], version="v1")
        vault.alias(ann, ("PERSON", "ann weber"), forms=person("weber"))
        assert set(vault.find(person("ann weber", "weber")).values()) == {ann}
        assert vault.known(person("ann weber")) == set(person("ann weber"))
        [later] = vault.assign([Mention("PERSON", "Ann Weber", "ann weber")], version="v2")
        assert later == ann + "_B"
        assert vault.verify().damaged == ()

    def test_it_goes_with_its_entity(self, vault):
        [ann] = vault.assign([ANN], version="v1")
        vault.alias(ann, ("PERSON", "ann weber"))
        vault.release("v1")
        assert vault.find(person("ann weber")) == {}
        assert vault.count() == 0

    def test_a_name_that_is_somebodys_says_to_merge(self, vault):
        ann, bob = vault.assign([ANN, BOB], version="v1")
        with pytest.raises(VaultError, match=f"privrag vault merge {ann} {bob}") as caught:
            vault.alias(ann, ("PERSON", "bob lee"))
        assert "bob" not in str(caught.value).lower()


class TestFlags:
    def test_different_addresses_in_two_documents_are_a_homonym_risk(self, vault):
        def ann(*addresses: str) -> Mention:
            beside = tuple(("EMAIL", address) for address in addresses)
            return Mention("PERSON", "Ann Lee", "ann lee", beside=beside)

        [token] = vault.assign([ann("ann@a.example")], version="v1")
        vault.assign([ann()], version="v2")
        vault.assign([ann("ann@b.example", "ann@a.example")], version="v3")
        assert vault.flagged() == []
        vault.assign([ann("ann@c.example")], version="v4")
        [shown] = vault.flagged()
        assert (shown.pseudonym, shown.flags) == (token, ("homonym_risk",))

    def test_identifiers_of_two_types_are_not_compared(self, vault):
        for version, beside in (("v1", ("EMAIL", "a@b")), ("v2", ("PHONE", "+491"))):
            vault.assign([Mention("PERSON", "A", "a", beside=(beside,))], version=version)
        assert vault.flagged() == []

    def test_a_flag_is_noted_and_kept(self, vault):
        ann, bob = vault.assign(
            [ANN, Mention("PERSON", "Lee", "lee", flags=Flag.AMBIGUOUS)], version="1"
        )
        vault.flag(ann, Flag.HOMONYM_RISK)
        assert [s.pseudonym for s in vault.flagged(Flag.AMBIGUOUS)] == [bob]
        assert [s.pseudonym for s in vault.flagged(Flag.HOMONYM_RISK)] == [ann]
        assert vault.verify().damaged == ()

    def test_what_is_shown_holds_words_only_on_request(self, vault):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        vault.assign([ANN], version="v2")
        shown = vault.show(ann)
        assert (shown.label, shown.surfaces, shown.documents, shown.words) == ("PERSON", 2, 2, ())
        revealed = vault.show(ann + "_B", reveal=True)
        assert dict(revealed.words) == {ann: "Ann Lee", ann + "_B": "Ms. Lee"}
        assert "Ann" not in repr(revealed)
