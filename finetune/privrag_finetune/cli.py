"""`privrag train`. Nothing heavy is imported before a command runs."""

import typer

from privrag_finetune import (
    budget_cli,
    feedback_cli,
    generator_cli,
    retrieval_cli,
    runs_cli,
    synthesize_cli,
    text_cli,
    workflow_cli,
)


def register(app: typer.Typer) -> None:
    """Add our commands to the root command, whose context object is the home folder."""
    train = typer.Typer(no_args_is_help=True, help="Make data sets and tune models on them.")
    synthesize_cli.register(train)
    retrieval_cli.register(train)
    generator_cli.register(train)
    budget_cli.register(train)
    text_cli.register(train)
    feedback_cli.register(train)
    workflow_cli.register(train)
    runs_cli.register(train)
    app.add_typer(train, name="train")
