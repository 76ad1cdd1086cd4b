"""What a child found arrives as it was found."""

import json

from hypothesis import given
from hypothesis import strategies as st

from privrag.pseudonymize.packed import pack, unpack
from privrag.records import Entity

NAMES = st.sampled_from(["ID", "PERSON", "keyed.given", "spacy"])
ENTITIES = st.builds(
    Entity, NAMES, st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0, 1), NAMES
)


@given(st.lists(st.lists(ENTITIES, max_size=4), max_size=4))
def test_entities_come_out_as_they_went_in(found):
    assert unpack(json.loads(json.dumps(pack(found))), len(found)) == found
