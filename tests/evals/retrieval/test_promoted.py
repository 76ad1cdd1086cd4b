"""What is measured is what serves: what was promoted in the home, and with --untuned nothing."""

import json
import os
import shutil

import pytest

from privrag.registry import Weights, model_folder_of, read_registry, register, write_registry
from tests.privrag.test_reembed import trained
from tests.privrag.test_registry import version
from tests.test_cli import privrag

WEIGHTS = {"dense_weight": 0.9, "sparse_weight": 0.1, "id_weight": 0.5, "exact_weight": 0.25}
TEXTS = {
    "a": "The gate of the yard in the north harbour opens at seven.",
    "b": "The mill beside the river counts its sacks every evening.",
    "c": "The lighthouse on the cliff was painted white and red.",
}


def beir(folder):
    (folder / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": name, "text": text}) for name, text in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    asked = [json.dumps({"_id": "q", "text": "When does the gate open?"})]
    (folder / "queries.jsonl").write_text("\n".join(asked))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    return folder


def state(home):
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in home.rglob("*")}


@pytest.mark.slow
def test_promoted_models_are_measured_named_and_left_alone(
    tmp_path, tiny_embedder, tiny_cross_encoder
):
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir(mode=0o700)
    (home / "privrag.toml").write_text(f"[embed]\nmodel = {str(tiny_embedder)!r}\n")
    data = beir(tmp_path / "houses")
    register(home, trained(base=str(tiny_embedder), weights=Weights(**WEIGHTS)))
    register(home, version("again").model_copy(update={"beside": {"embedder": "wide"}}))
    for kind, name, source in (
        ("embedder", "wide", tiny_embedder),
        ("reranker", "again", tiny_cross_encoder),
    ):
        shutil.copytree(source, model_folder_of(home, kind, name))
    registry = read_registry(home).with_promotion("wide").with_promotion("again")
    write_registry(home, registry)
    before = state(home)

    def kept(*options):
        done = privrag(
            "eval", "retrieval", "--data", data, "--pseudonymize", "off", "--json", *options,
            home=home, PRIVRAG_CACHE=str(cache), HOME=os.environ["HOME"],
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        shown = json.loads(done.stdout)
        (file,) = cache.rglob(f"{shown['run']}.json")
        return list(shown["systems"]), json.loads(file.read_text())["settings"]

    systems, settings = kept()
    assert systems == ["bm25", "dense", "hybrid", "hybrid+rerank"]
    names = {k: name for k, name in settings["promoted"].items() if name}
    assert names == {"embedder": "wide", "reranker": "again"}
    assert settings["rerank"]["correction"] == 0.25
    assert {name: settings["retrieve"][name] for name in WEIGHTS} == WEIGHTS
    systems, settings = kept("--untuned")
    assert systems == ["bm25", "dense", "hybrid"]
    assert set(settings["promoted"].values()) == {None}
    assert settings["retrieve"]["dense_weight"] != 0.9
    assert state(home) == before
    shutil.rmtree(model_folder_of(home, "embedder", "wide"))
    gone = privrag("eval", "retrieval", "--data", data, home=home, PRIVRAG_CACHE=str(cache))
    assert (gone.returncode, "embedder/wide" in gone.stderr) == (2, True), "it is what is opened"
