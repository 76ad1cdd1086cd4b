"""The one error tree. A message says what was expected, what was found and what to do next.

No message ever holds private content: no document text, no entity value, no question.

    PrivragError
    ├── SettingsError          a setting is wrong, or two contradict each other
    ├── MissingExtraError      an optional dependency is not installed
    ├── ParseError             a document cannot be read
    │   ├── EmptyDocumentError     nothing to read in it
    │   ├── EncryptedDocumentError a password is needed
    │   ├── UnsupportedFormatError no parser for this kind
    │   ├── DamagedDocumentError   truncated, malformed, or not what its name says
    │   └── ParseLimitError        it hit a limit of memory, time or size
    ├── PseudonymError         a text could not be proven safe: nothing was written
    ├── VaultError             the vault or its key is missing, wrong or damaged
    ├── AuditError             the audit log cannot be written or is not whole: nothing is shown
    ├── ManifestError          the list of current documents is damaged or out of reach
    ├── IndexingError          the index refused or lost something
    │   └── IndexLockedError       another process holds the embedded index
    ├── SyncError              a sync was refused as a whole
    │   └── MassDeleteError        the brake: too many documents vanished at once
    ├── GeneratorError         the language model gave no usable answer
    │   ├── GeneratorUnavailableError  it could not be reached
    │   └── ContextTooLongError        the prompt does not fit its window
    ├── RerankerError          the reranker gave no usable answer
    ├── FeedbackError          what somebody says of an answer is not taken
    │   ├── CorrectionError        the correction is not one to keep
    │   ├── UnknownAnswerError     no answer of this id went to whoever says it
    │   ├── FeedbackLimitError     it was enough for one day
    │   └── FeedbackStoreError     the file with feedback is damaged or out of reach
    ├── EvaluationError        data to evaluate on is missing or malformed
    ├── TrainingError          a data set or a training run cannot be made or used
    └── ModelError             model files are missing or are not what they should be
"""


class PrivragError(Exception):
    """Root of every error that privrag raises on purpose."""


class SettingsError(PrivragError):
    """A setting is wrong. Names the key and what it accepts, never a secret value."""


class MissingExtraError(PrivragError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed; run: pip install 'privrag[{extra}]'",
        )


class ParseError(PrivragError):
    """A document cannot be read; the message gives the reason in one clause."""


class EmptyDocumentError(ParseError):
    """There is nothing to read in the document."""


class EncryptedDocumentError(ParseError):
    """The document needs a password."""


class UnsupportedFormatError(ParseError):
    """No parser handles this kind of file."""


class DamagedDocumentError(ParseError):
    """The document is truncated, malformed, or not what its name says."""


class ParseLimitError(ParseError):
    """Parsing hit a limit of memory, time or size."""


class PseudonymError(PrivragError):
    """A text could not be proven safe, so nothing was written."""


class VaultError(PrivragError):
    """The vault or its key is missing, wrong or damaged."""


class AuditError(PrivragError):
    """The audit log cannot be written, or something was done to it: no name is shown."""


class ManifestError(PrivragError):
    """The list of current documents is damaged, out of reach, or of another version."""


class IndexingError(PrivragError):
    """The index refused or lost something."""


class IndexLockedError(IndexingError):
    """Another process holds the embedded index."""


class SyncError(PrivragError):
    """A sync was refused as a whole; nothing was changed."""


class MassDeleteError(SyncError):
    """Too many known documents vanished at once."""


class GeneratorError(PrivragError):
    """The language model gave no usable answer."""


class GeneratorUnavailableError(GeneratorError):
    """The language model could not be reached."""


class ContextTooLongError(GeneratorError):
    """The prompt does not fit the model's window."""


class ModelError(PrivragError):
    """Model files are missing or are not what they should be."""


class RerankerError(PrivragError):
    """The reranker gave no usable answer."""


class FeedbackError(PrivragError):
    """What somebody says of an answer is not taken; nothing was stored."""


class CorrectionError(FeedbackError):
    """The correction is not one to keep: not allowed here, no words, or somebody's name in it."""


class UnknownAnswerError(FeedbackError):
    """No answer of this id went to whoever says something of it."""


class FeedbackLimitError(FeedbackError):
    """This user gave as much feedback as one may within a day."""


class FeedbackStoreError(FeedbackError):
    """The file with feedback is damaged, locked for long, or the disk is full."""


class EvaluationError(PrivragError):
    """Data to evaluate on cannot be used. Names the file and the line, never its text."""


class TrainingError(PrivragError):
    """A data set or a training run cannot be made or used. Names it, never its text."""
