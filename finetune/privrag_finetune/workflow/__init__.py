"""From documents to a model that may serve, step by step; a killed run goes on where it was.

    recipe.py       what is to be made: one TOML file
    run.py          start here: runs the steps whose result is not there for what there is now
    work.py         what a step is, and what all of them share
    data_steps.py   split, synthesize, filter, feedback
    model_steps.py  train, evaluate, report, gate
    ledger.py       `models/workflow.sqlite`: which step was done for what, and what came out
    report.py       one page about a run
    timer.py        units of systemd

Why the borders are where they are: docs/design/workflow.md.
"""
