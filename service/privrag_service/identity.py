"""Who asks: the holder of a key, or the local owner while there is no key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from privrag.offline import is_loopback
from privrag.records import Viewer
from privrag_service.keys import PREFIX, KeyStore, Principal
from privrag_service.problems import unauthorized
from privrag_service.rag_protocol import CoreSettings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

AnyConnection = ASGIConnection[Any, Any, Any, Any]


def doorkeeper(
    keys: KeyStore, settings: CoreSettings, *, local_owner: bool
) -> Callable[[AnyConnection, BaseRouteHandler], None]:
    """A Litestar guard: it runs before the body is read and leaves the viewer in the scope.

    `local_owner`: whether loopback needs no key while none exists. A closure, since Litestar
    copies guards deeply.
    """

    def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        principal = _admit(connection, keys, local_owner=local_owner)
        connection.scope["state"]["viewer"] = (
            Viewer(user="owner", tenant=settings.tenant, owner=True, reveal=True)
            if principal is None
            else _viewer(principal, settings)
        )

    return guard


def _viewer(principal: Principal, settings: CoreSettings) -> Viewer:
    """The holder of a key, with what the groups of the key may see."""
    viewer = principal.viewer(settings.tenant)
    return replace(viewer, reveal=settings.reveal_of(viewer.reveal, viewer.groups))


def is_this_machine(connection: AnyConnection) -> bool:
    """A direct connection from this machine, not sent here by a proxy or by a foreign web page.

    A page may point a name of its own at 127.0.0.1 (DNS rebinding), so `Host` counts, and it may
    post without asking first, so `Origin` does.
    """
    if connection.client is None or not is_loopback(connection.client.host):
        return False
    if any(name in connection.headers for name in _FORWARDED):
        return False
    origin = connection.headers.get("origin")
    names = [urlsplit(f"//{connection.headers.get('host', '')}").hostname]
    if origin is not None:
        names.append(urlsplit(origin).hostname)
    return all(name is not None and is_loopback(name) for name in names)


def viewer_of(connection: AnyConnection) -> Viewer:
    """The viewer that the doorkeeper admitted."""
    viewer: Viewer = connection.scope["state"]["viewer"]
    return viewer


def _admit(connection: AnyConnection, keys: KeyStore, *, local_owner: bool) -> Principal | None:
    """The holder of the key, None for the owner of this machine, or a 401."""
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else ""
    if key.startswith(PREFIX) or keys.locked():
        if not key:
            raise unauthorized("An API key is needed: 'Authorization: Bearer privrag_...'.")
        principal = keys.verify(key)
        if principal is None:
            raise unauthorized("This API key is wrong, expired or revoked.")
        return principal
    # No key exists. Clients insist on sending one ("none", "sk-local"): it is not looked at.
    if not (local_owner and is_this_machine(connection)):
        raise unauthorized(
            "Without a key only this machine may ask, directly and under a loopback name;"
            " make a key with 'privrag keys create NAME'."
        )
    return None
