"""Questions with places over the files of a folder, parsed as a sync does."""

from dataclasses import replace
from pathlib import Path

from privrag.errors import EvaluationError
from privrag.parse import ParseSettings, ParseWorker, supported_suffixes
from privrag.records import Document
from privrag_evals.suites.place import Place
from privrag_evals.suites.questions import read_questions
from privrag_evals.suites.suite import Asked, Suite, checked


def read_folder(path: Path, folder: Path, settings: ParseSettings) -> Suite:
    """The files below the folder, and the questions of a file that one of them answers.

    Raises EvaluationError where a question's document is not there or no file can be read.
    """
    if not folder.is_dir():
        raise EvaluationError(f"there is no folder {folder.name!r} with documents")
    documents = _documents(folder, settings)
    uris = {name: (folder.absolute() / name).as_uri() for name in documents}
    questions = [_placed(asked, uris) for asked in read_questions(path) if asked.places]
    return checked(Suite(path.stem, documents, questions), path.name)


def _documents(folder: Path, settings: ParseSettings) -> dict[str, Document]:
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in supported_suffixes()
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
    with ParseWorker(settings) as worker:
        return {file.relative_to(folder).as_posix(): worker.parse(file) for file in files}


def _placed(asked: Asked, uris: dict[str, str]) -> Asked:
    """The question with the folder's own names in its places."""
    places = tuple(
        Place(name, place.page)
        for place in asked.places
        for name, uri in uris.items()
        if place.is_in(uri)
    )
    if not places:
        raise EvaluationError(
            f"no document of the question {asked.id!r} is in the folder; name the folder that "
            "the questions were written for"
        )
    return replace(asked, places=places, gains={place.document: 1.0 for place in places})
