"""`privrag feedback`: what people say of answers, and who reads it before a model does."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from privrag.cli import AsOption, JsonOption, emit_json, printable

if TYPE_CHECKING:
    from privrag.feedback import Desk, Feedback, Queued
    from privrag.settings import Settings

_VERDICTS: dict[str, Literal["accepted", "rejected"]] = {"accept": "accepted", "reject": "rejected"}


def register(app: typer.Typer) -> None:
    """Add the group to the root command."""
    feedback = typer.Typer(no_args_is_help=True, help="What people say of answers, and its review.")
    feedback.command()(add)
    feedback.command("list")(list_feedback)
    feedback.command()(review)
    app.add_typer(feedback, name="feedback")


def add(
    context: typer.Context,
    answer: Annotated[
        str, typer.Argument(metavar="ID", help="Of the answer (`ask --json`), or `last`.")
    ],
    thumb: Annotated[Literal["up", "down"], typer.Option(help="Was it a good answer?")],
    correction: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it should have been.")
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="WORD", help="wrong, incomplete, outdated, wrong-source, ...")
    ] = "",
    user: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what you think of an answer that you got; a correction is pseudonymized and reviewed."""
    from privrag.feedback import Opinion
    from privrag.open_home import OWNER_NAME
    from privrag.records import Viewer
    from privrag.settings import checked

    given = {"thumb": thumb, "correction": correction, "reason": reason}
    opinion = checked(Opinion, given)
    with _desk(context.obj) as (desk, settings):
        viewer = Viewer(user or OWNER_NAME, tenant=settings.tenant)
        feedback = desk.give(answer, opinion, viewer)
    if as_json:
        emit_json(_as_json(feedback))
    elif feedback.state == "pending":
        print(f"{feedback.id}: the correction waits for its review")
    else:
        print(f"{feedback.id}: counted")


def list_feedback(
    context: typer.Context,
    state: Annotated[
        Literal["pending", "accepted", "rejected", "counted", "all"], typer.Option()
    ] = "pending",
    limit: Annotated[int, typer.Option(min=1, help="How many, the oldest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what people said, oldest first; names stay pseudonyms."""
    with _desk(context.obj) as (desk, _):
        found = desk.queued(None if state == "all" else state, limit=limit)
    if as_json:
        emit_json([_beside(one) for one in found])
        return
    for one in found:
        said, answer = one.feedback, one.answer
        when = f"{datetime.fromtimestamp(said.time, UTC):%Y-%m-%d %H:%M}Z"
        print(f"{said.id}  {when}  {said.state}  thumb {said.thumb}  {said.reason}".rstrip())
        for name, text in (
            ("asked", answer.question),
            ("answered", answer.answer),
            ("should be", said.correction),
        ):
            if text is not None:
                print(f"  {name}: {printable(text)}")
        if said.state == "pending":
            print(f"  its giver: {one.user_accepted} accepted, {one.user_rejected} rejected")


def review(
    context: typer.Context,
    feedback: Annotated[str, typer.Argument(metavar="ID", help="Of `privrag feedback list`.")],
    verdict: Annotated[Literal["accept", "reject"], typer.Argument()],
    reviewer: Annotated[
        str, typer.Option(metavar="NAME", help="Who decides; stands in the audit log.")
    ] = "owner",
    as_json: JsonOption = False,
) -> None:
    """Accept a correction, so that `privrag train feedback` takes it, or reject it."""
    with _desk(context.obj) as (desk, _):
        done = desk.review(feedback, _VERDICTS[verdict], reviewer)
    if as_json:
        emit_json(_beside(done))
    else:
        print(f"{done.feedback.id}: {done.feedback.state} by {printable(reviewer)}")


@contextmanager
def _desk(home: Path) -> "Iterator[tuple[Desk, Settings]]":
    """Without the index, which belongs to the service while that runs."""
    from privrag.feedback import Desk
    from privrag.home import open_audit, open_vault
    from privrag.pseudonymize import Detector
    from privrag.settings import load_settings

    settings = load_settings(home)
    with (
        open_vault(home, settings) as vault,
        closing(open_audit(home, settings, vault)) as audit,
        closing(
            Desk(
                home,
                vault=vault,
                audit=audit,
                detector=lambda: Detector(settings.pseudonymize),
                settings=settings.feedback,
                detect=settings.pseudonymize,
                tenant=settings.tenant,
            )
        ) as desk,
    ):
        yield desk, settings


def _as_json(feedback: "Feedback") -> dict[str, Any]:
    return feedback.model_dump(mode="json", exclude={"tenant", "user", "same"})


def _beside(one: "Queued") -> dict[str, Any]:
    answer = one.answer.model_dump(mode="json", exclude={"tenant", "user"})
    counts = {"user_accepted": one.user_accepted, "user_rejected": one.user_rejected}
    return {**_as_json(one.feedback), "to": answer, **counts}
