"""From documents to a model that may serve, step by step; a killed run goes on where it was.

    recipe.py   what is to be made: one TOML file
    steps.py    start here: the steps, what each depends on and what it leaves
    run.py      runs those whose result is not there for what there is now
    ledger.py   `models/workflow.sqlite`: which step was done for what, and what came out
    report.py   one page about a run
    timer.py    units of systemd

Why the borders are where they are: docs/design/workflow.md.
"""
