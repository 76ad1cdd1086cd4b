"""The application: routes, who may call them, how errors look. Start here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException

from privrag_service.access import ServiceApp
from privrag_service.admission import Admission
from privrag_service.chat import ChatService, chat_completions
from privrag_service.feedback import give_feedback
from privrag_service.health import Cautions, Health, Refused, healthz, readyz
from privrag_service.identity import doorkeeper
from privrag_service.keys import KeyStore
from privrag_service.model_ids import ModelIds, get_model, list_models
from privrag_service.problems import answer_with_problem
from privrag_service.rag_protocol import AnsweringRag
from privrag_service.settings import ServiceSettings


def create_app(
    rag: AnsweringRag,
    settings: ServiceSettings,
    keys: KeyStore,
    *,
    local_owner: bool = True,
    refused: Refused = tuple,
    cautions: Cautions = tuple,
) -> Litestar:
    """Put the service together. The app closes `rag` when it shuts down.

    `local_owner`: whether loopback requests need no key while none exists. Give False when the
    server listens beyond loopback. `refused`, `cautions`: see `health`.
    """
    model_ids = ModelIds(rag)
    admission = Admission(settings.max_concurrent_requests)
    chat_service = ChatService(rag, settings, model_ids, admission)

    @asynccontextmanager
    async def close_rag(_app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await rag.close()

    openai_surface = Router(
        "/",
        route_handlers=[list_models, get_model, chat_completions, give_feedback],
        guards=[doorkeeper(keys, rag.settings, local_owner=local_owner)],
    )
    return ServiceApp(
        [openai_surface, healthz, readyz],
        dependencies={
            "health": _always(Health(rag, refused, cautions)),
            "model_ids": _always(model_ids),
            "chat_service": _always(chat_service),
        },
        lifespan=[close_rag],
        exception_handlers={HTTPException: answer_with_problem, Exception: answer_with_problem},
        request_max_body_size=settings.max_body_bytes,
        openapi_config=None,  # its pages load scripts from elsewhere
        logging_config=None,  # ours: logs.py
        debug=False,
    )


def _always(value: object) -> Provide:
    return Provide(lambda: value, use_cache=True, sync_to_thread=False)
