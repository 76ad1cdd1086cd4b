from privrag.gate.fusion import best_of

GAINS = [{"a": 1.0}, {"b": 1.0}]
RANKED = {
    "half": [["x", "a"], ["b"]],  # nDCG@10 (.63 + 1) / 2
    "best": [["a", "x"], ["b"]],
    "same": [["a"], ["b", "x"]],
    "none": [["x"], []],
}


def test_the_weights_that_rank_best_are_taken_and_of_equals_the_first():
    assert best_of(list(RANKED), RANKED.__getitem__, GAINS) == "best"
    assert best_of(["none", "same", "best"], RANKED.__getitem__, GAINS) == "same"
    assert best_of(["none"], RANKED.__getitem__, GAINS) == "none"
