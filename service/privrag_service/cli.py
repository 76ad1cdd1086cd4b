"""`privrag serve` and `privrag keys`. Nothing heavy is imported before a command runs."""

import contextlib
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privrag.cli import JsonOption, emit_json
from privrag.errors import SettingsError

if TYPE_CHECKING:
    from privrag_service.keys import KeyInfo, KeyStore

_DAYS = re.compile(r"(?P<days>\d{1,5})d")


def register(app: typer.Typer) -> None:
    """Add our commands to the root command, whose context object is the home folder."""
    app.command("serve")(serve)
    keys = typer.Typer(no_args_is_help=True, help="API keys of the service.")
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    app.add_typer(keys, name="keys")


def serve(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address; other than loopback needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    with_vllm: Annotated[
        bool, typer.Option("--with-vllm", help="Start vLLM beside the service and use it.")
    ] = False,
) -> None:
    """Answer over HTTP in the OpenAI protocol."""
    import asyncio

    from privrag_service.logs import configure_logging

    configure_logging()
    asyncio.run(_serve(ctx.obj, host, port, with_vllm=with_vllm))


def create_key(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Who uses it; also the user name in ACLs.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="reveal, reveal:TYPE, collection:NAME or group:NAME; repeat for several."
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="2027-01-31 or 30d. Never, if left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it, this once."""
    with _keys(ctx) as keys:
        key_id, key = keys.create(name, scope or (), _expiry(expires))
    if as_json:
        emit_json({"id": key_id, "key": key})
    else:
        print(key)
    print(f"Key {key_id} is shown only now.", file=sys.stderr)


def list_keys(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List the keys; the keys themselves are not stored."""
    with _keys(ctx) as keys:
        infos = keys.list()
    if as_json:
        emit_json([_as_json(info) for info in infos])
        return
    for info in infos:
        state = "active" if info.active else "revoked" if info.revoked else "expired"
        until = f"{info.expires:%Y-%m-%d %H:%M}Z" if info.expires else "-"
        print(f"{info.id}  {state:8}  {until:17}  {info.name}  {' '.join(info.scopes)}")


def revoke_key(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Make a key useless from the next request on."""
    with _keys(ctx) as keys:
        if not keys.revoke(key_id):
            raise SettingsError("there is no key with this id; 'privrag keys list' shows them")
        if not keys.any_active():
            print("No key is left; the service answers nobody until one is made.", file=sys.stderr)
    if as_json:
        emit_json({"id": key_id, "revoked": True})
    else:
        print(f"Key {key_id} is revoked.")


async def _serve(home: Path, host: str, port: int, *, with_vllm: bool) -> None:
    from privrag.cautions import cautions
    from privrag.rag import AsyncRag
    from privrag.registry import read_registry
    from privrag.settings import load_settings
    from privrag_service.keys import KeyStore
    from privrag_service.serve import bind, check_host, keys_path, stop_on_signals
    from privrag_service.serve import serve as serve_rag
    from privrag_service.settings import service_settings
    from privrag_service.vllm_beside import vllm_beside

    async with contextlib.AsyncExitStack() as stack:
        keys = stack.enter_context(contextlib.closing(KeyStore(keys_path(home))))
        check_host(host, keys)
        core = load_settings(home)
        settings = service_settings(core.service)
        listener = stack.enter_context(bind(host, port))
        stop = await stack.enter_async_context(stop_on_signals())
        beside = None
        if with_vllm:
            beside = await stack.enter_async_context(vllm_beside(settings, home, core, stop))
        if stop.gracefully.is_set():
            return

        def known() -> list[str]:
            return cautions(core, read_registry(home), in_vllm=with_vllm)

        if beside is None:
            rag = await AsyncRag.open(home=home)
            await serve_rag(rag, settings, keys, listener, stop, cautions=known)
            return
        rag = await AsyncRag.open(home=home, overrides=beside.overrides, adopt=beside.adopt)
        beside.changed = rag.look_again
        rag.look_again()  # the reranker may have come up meanwhile
        await serve_rag(
            rag, settings, keys, listener, stop, refused=lambda: beside.refused, cautions=known
        )


@contextlib.contextmanager
def _keys(ctx: typer.Context) -> "Iterator[KeyStore]":
    from privrag_service.keys import KeyStore
    from privrag_service.serve import keys_path

    with contextlib.closing(KeyStore(keys_path(ctx.obj))) as keys:
        yield keys


def _expiry(text: str | None) -> datetime | None:
    """`30d` from now, or the end (UTC) of a day such as `2027-01-31`."""
    if text is None:
        return None
    try:
        if days := _DAYS.fullmatch(text):
            return datetime.now(UTC) + timedelta(days=int(days["days"]))
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise SettingsError(
            "--expires takes a day such as 2027-01-31 or a span such as 30d"
        ) from None


def _as_json(info: "KeyInfo") -> dict[str, object]:
    return {
        "id": info.id,
        "name": info.name,
        "scopes": list(info.scopes),
        "created": info.created.isoformat(),
        "expires": info.expires.isoformat() if info.expires else None,
        "revoked": info.revoked.isoformat() if info.revoked else None,
        "active": info.active,
    }
