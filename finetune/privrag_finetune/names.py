"""Names of data sets and models: certificates and reports say them, so they are nobody's."""

from privrag.errors import TrainingError
from privrag.pseudonymize import file_name_as_words, find_known
from privrag.rag import AsyncRag
from privrag_finetune.questions.store import is_name


def refuse_a_telling_name(rag: AsyncRag, name: str, what: str, option: str) -> None:
    """Raise TrainingError for a name that is no file's, or that names somebody the vault knows."""
    if not is_name(name):
        raise TrainingError(
            f"a {what} is called by small letters, digits, `-` and `_`; choose such a {option}"
        )
    (found,) = find_known([file_name_as_words(name)], rag.stores.vault)
    if found:
        raise TrainingError(f"a {what} is not called after a person; choose another {option}")
