"""Which model ids exist: `privrag` and `privrag:NAME` retrieve, every other id is the generator's.

Plain ids matter because chat programs write titles and tags with a model of their own choice; those
requests must not search.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from privrag.errors import GeneratorUnavailableError
from privrag.records import Viewer
from privrag_service.identity import viewer_of
from privrag_service.problems import forbidden, unavailable, unknown_model
from privrag_service.rag_protocol import AnsweringRag
from privrag_service.wire import Model, ModelList

RAG_MODEL = "privrag"
_COLLECTION = f"{RAG_MODEL}:"


@dataclass(frozen=True, slots=True)
class WithRetrieval:
    """Search (in one collection, or in all that the viewer may search), then answer."""

    collection: str | None


@dataclass(frozen=True, slots=True)
class PlainGeneration:
    """Only generate, with this model of the generator."""

    model: str


class ModelIds:
    """Lists and resolves model ids. Remembers the plain ones: asking the generator costs a trip."""

    def __init__(self, rag: AnsweringRag) -> None:
        self._rag = rag
        self._plain: tuple[str, ...] = ()

    async def list(self, viewer: Viewer) -> list[str]:
        """The RAG ids that this viewer may use and, if the generator is up, the plain ones."""
        names = [n for n in await self._rag.collections() if _may_search(viewer, n)]
        try:
            plain = await self._fresh_plain()
        except GeneratorUnavailableError:
            plain = ()
        return [RAG_MODEL, *(_COLLECTION + name for name in sorted(names)), *plain]

    async def resolve(
        self, model: str, viewer: Viewer, *, retrieve: bool = True
    ) -> WithRetrieval | PlainGeneration:
        """What a request for this id means; `retrieve=False` turns the RAG ids into the base model.

        Raises a 404 for an unknown id, a 403 for a collection that is closed to this viewer
        (whether it exists or not), GeneratorUnavailableError if it takes the generator to tell.
        """
        if model == RAG_MODEL or model.startswith(_COLLECTION):
            collection = model[len(_COLLECTION) :] if model != RAG_MODEL else None
            if collection is not None:
                await self._check_collection(collection, viewer)
            return WithRetrieval(collection) if retrieve else PlainGeneration(await self._base())
        if model not in self._plain and model not in await self._fresh_plain():
            raise unknown_model()
        return PlainGeneration(model)

    async def _check_collection(self, name: str, viewer: Viewer) -> None:
        if not _may_search(viewer, name):
            raise forbidden("This key may not search that collection.")
        if name not in await self._rag.collections():
            raise unknown_model()

    async def _base(self) -> str:
        plain = self._plain or await self._fresh_plain()
        if not plain:
            raise unavailable("The generator serves no model.")
        return plain[0]

    async def _fresh_plain(self) -> tuple[str, ...]:
        self._plain = tuple(await self._rag.models())
        return self._plain


@get("/v1/models")
async def list_models(
    request: Request[Any, Any, Any], model_ids: NamedDependency[ModelIds]
) -> ModelList:
    """Every id that this viewer may use."""
    return ModelList([Model(name) for name in await model_ids.list(viewer_of(request))])


@get("/v1/models/{model_id:path}")
async def get_model(
    request: Request[Any, Any, Any], model_id: FromPath[str], model_ids: NamedDependency[ModelIds]
) -> Model:
    """One id; ids may hold slashes."""
    name = model_id.removeprefix("/")
    await model_ids.resolve(name, viewer_of(request))
    return Model(name)


def _may_search(viewer: Viewer, collection: str) -> bool:
    return viewer.collections is None or collection in viewer.collections
