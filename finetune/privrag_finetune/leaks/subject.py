"""What a privacy report is made of: the model, where it comes from, and what it promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privrag.leak import KnownValues
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.canaries import Canaries, EncodeRow
from privrag_finetune.leaks.membership import Share
from privrag_finetune.leaks.pii_scan import PiiScan
from privrag_finetune.leaks.pseudonym_leaks import Issued
from privrag_finetune.leaks.reading import Examined


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a model comes from. No word of a row."""

    data: str
    """The data set."""
    splits: Mapping[str, int]
    """Rows of each split."""
    rows: int
    """Learnt."""
    owners: int
    """Documents, or collections where those are the unit of privacy."""
    most_rows_of_an_owner: int
    seed: int
    hashes: Mapping[str, str]
    """SHA-256 of base, adapter, data, template, tokenizer, prompt."""
    versions: Mapping[str, str | None]
    machine: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Spending:
    """What the data of one provider has cost over all runs of the home."""

    provider: str
    epsilon: float
    delta: float
    runs: int
    budget: float | None
    """None: no limit was agreed."""
    raised: tuple[str, ...] = ()
    """Each time that the budget was: from what, to what, and when."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a training with differential privacy promises."""

    unit: str
    """What is protected: `document` or `collection`; all its rows count as one."""
    relation: str
    """What data sets that must look alike differ by: all rows of one document."""
    claimed: float
    """Epsilon that was asked for."""
    spent: float
    """Epsilon of the steps that were taken."""
    delta: float
    noise: float
    """Sigma, in clips."""
    clip: float
    sampling_rate: float
    steps: int
    sampler: str
    accountant: str
    random: str
    """Kind of random numbers that the noise was made of."""
    ledger: tuple[Spending, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratorRows:
    """A tuned generator, its base, and rows to ask them about."""

    tuned: Examined
    base: Examined
    trained: Sequence[Encoded]
    held_out: Sequence[Encoded]
    """Never learnt, of other documents, made like the others."""
    bare_trained: Sequence[Encoded]
    """Trained rows without passages in their prompts, for extraction from memory."""
    bare_held_out: Sequence[Encoded]
    encode: EncodeRow
    """How a question and its answer become a row without passages."""
    values: KnownValues
    """Raw values that no output may hold: `known_values(vault)`."""
    issued: Issued
    """`vault.surface`."""
    canaries: Canaries | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What the tuning brought, beside what it gave away."""

    name: str
    before: float | None
    after: float
    difference: Share | None
    """With its interval."""
    cases: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A tuned model and everything that its report needs; what is None is not measured."""

    name: str
    lineage: Lineage
    kind: str = "generator"
    """Of the model, as the folder that it lies in."""
    claim: Claim | None = None
    """None: trained without differential privacy."""
    pii: PiiScan | None = None
    """Of the rows before the training."""
    rows: GeneratorRows | None = None
    """None: it is not attacked. The attacks are made for generators."""
    utility: tuple[Figure, ...] = ()
