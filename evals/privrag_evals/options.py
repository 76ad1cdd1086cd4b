"""Options that several commands of `privrag eval` share."""

from typing import Annotated, Literal

import typer

Half = Literal["all", "first", "second"]
GroupFieldOption = Annotated[
    str | None, typer.Option(help="Search only documents with the question's value of it.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="At most so many questions.")]
PerHourOption = Annotated[
    float | None,
    typer.Option("--price-per-hour", min=0, help="Of the machine; adds money."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="The same seed draws the same cases and halves.")
]
