"""A folder of text files as a known-item set.

Each question holds words of one sentence, and only its file answers it.
"""

import random
import re
from pathlib import Path

from privrag_evals.corpus import staged
from privrag_evals.suites.suite import Asked, Suite, checked, document_of

_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))([A-Z][^.!?\n|<>{}]{40,200})[.!?](?= |$)", re.MULTILINE)
_WORD = re.compile(r"[^\W_]{5,}")
_WORDS_ASKED = 4


def known_items(folder: Path, *, count: int, seed: int) -> Suite:
    """Questions of four words from sentences of the text files below a folder.

    Raises EvaluationError where there is no sentence to take them from.
    """
    with staged([folder]) as corpus:
        texts = {
            Path(path).relative_to(corpus.folder).as_posix(): text
            for path, text in corpus.texts.items()
        }
    generator = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    asked = []
    for name, text in texts.items():
        for sentence in _SENTENCE.findall(text):
            words = list(dict.fromkeys(_WORD.findall(sentence)))
            if len(words) >= _WORDS_ASKED:
                chosen = sorted(generator.sample(words, _WORDS_ASKED), key=words.index)
                asked.append((f"What about {' '.join(chosen)}?", name))
    questions = [
        Asked(str(n), text, {name: 1.0})
        for n, (text, name) in enumerate(generator.sample(asked, min(count, len(asked))))
    ]
    documents = {name: document_of(name, "", text) for name, text in texts.items()}
    return checked(Suite(folder.name, documents, questions), f"the folder {folder.name!r}")
