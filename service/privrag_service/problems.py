"""Every error in OpenAI's shape, with texts of our own: no client or library is ever quoted.

- ServiceError: an error of the service's own, with its status
- GeneratorUnavailableError: 503 server_error, `retry-after: 1`
- ContextTooLongError: 400 invalid_request_error, context_length_exceeded
- AuditError, IndexingError, ManifestError, VaultError, RerankerError: 503 server_error, logged
- FeedbackStoreError: 503 server_error, logged; FeedbackLimitError: 429; UnknownAnswerError: 404;
  FeedbackError: 400, in the words of the error, which quote nobody; CorrectionError names the field
- GeneratorError: 502 server_error, logged
- RecursionError: 400 invalid_request_error, logged
- anything else: 500 server_error, without text; type and place go to the log
"""

import re
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from privrag.errors import (
    AuditError,
    ContextTooLongError,
    CorrectionError,
    FeedbackError,
    FeedbackLimitError,
    FeedbackStoreError,
    GeneratorError,
    GeneratorUnavailableError,
    IndexingError,
    ManifestError,
    RerankerError,
    UnknownAnswerError,
    VaultError,
)
from privrag_service.logs import log_failure
from privrag_service.wire import Problem, ProblemBody

_RETRY_SOON = {"retry-after": "1"}
_TYPES = {403: "permission_error", 429: "rate_limit_error"}
_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")
_TYPE_ONLY = re.compile(r"(Expected|Object missing required field|JSON is malformed|Invalid UTF-8)")
"""msgspec's messages of these kinds name types and fields; others may quote a value."""


class ServiceError(Exception):
    """An answer with an HTTP status instead of a completion. The message is shown to the client."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(message, _type_of(status), param, code)
        self.headers = headers or {}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ServiceError:
    """400: the request is not one that this service can answer."""
    return ServiceError(HTTPStatus.BAD_REQUEST, message, param=param, code=code)


def unauthorized(message: str) -> ServiceError:
    """401: no key, or not one that works."""
    return ServiceError(
        HTTPStatus.UNAUTHORIZED,
        message,
        code="invalid_api_key",
        headers={"www-authenticate": "Bearer"},
    )


def forbidden(message: str) -> ServiceError:
    """403: a working key that may not do this."""
    return ServiceError(HTTPStatus.FORBIDDEN, message)


def unknown_model() -> ServiceError:
    """404, without the name that was asked for."""
    return ServiceError(
        HTTPStatus.NOT_FOUND,
        "There is no model with this id; GET /v1/models lists those that you may use.",
        code="model_not_found",
        param="model",
    )


def unavailable(message: str) -> ServiceError:
    """503: come back in a second."""
    return ServiceError(HTTPStatus.SERVICE_UNAVAILABLE, message, headers=_RETRY_SOON)


def as_service_error(error: Exception) -> ServiceError:
    """The row of the table for any exception. Only a 500 is logged here; the rest is expected."""
    match error:
        case ServiceError():
            return error
        case GeneratorUnavailableError():
            return unavailable("The language model cannot be reached at the moment.")
        case ContextTooLongError():
            return invalid(
                "The messages do not fit into the model's window; shorten them.",
                param="messages",
                code="context_length_exceeded",
            )
        case AuditError():
            log_failure(error)
            return unavailable("The audit log cannot be written, so nothing is shown.")
        case FeedbackError():
            return _of_feedback(error)
        case IndexingError() | ManifestError() | VaultError() | RerankerError():
            log_failure(error)
            return unavailable("A part of the service is out of order; its log has the reason.")
        case GeneratorError():
            log_failure(error)
            return ServiceError(
                HTTPStatus.BAD_GATEWAY, "The language model gave no usable answer; try again."
            )
        case RecursionError():  # of the JSON decoder; logged, should it ever be another's
            log_failure(error)
            return invalid("The body is nested too deeply.")
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _from_litestar(error)
    log_failure(error)
    return ServiceError(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed to answer; its log has the reason."
    )


def _of_feedback(error: FeedbackError) -> ServiceError:
    match error:
        case FeedbackStoreError():
            log_failure(error)
            return unavailable("Feedback cannot be kept at the moment; the log has the reason.")
        case UnknownAnswerError():
            return ServiceError(HTTPStatus.NOT_FOUND, _sentence(error), param="answer_id")
        case FeedbackLimitError():
            return ServiceError(HTTPStatus.TOO_MANY_REQUESTS, _sentence(error))
        case CorrectionError():
            return invalid(_sentence(error), param="correction")
    return invalid(_sentence(error))


def _sentence(error: Exception) -> str:
    """Messages of the core are ours, and hold no private content."""
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."


def answer_with_problem(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for every exception and status."""
    service_error = as_service_error(error)
    return Response(
        problem_body(service_error),
        status_code=service_error.status,
        headers=service_error.headers,
        media_type="application/json",
    )


def problem_body(error: ServiceError) -> bytes:
    """The error as JSON, for a body or for the data of an event."""
    return msgspec.json.encode(ProblemBody(error.problem))


def _from_litestar(error: HTTPException) -> ServiceError:
    status = error.status_code
    if status != HTTPStatus.BAD_REQUEST:
        phrase = HTTPStatus(status).phrase
        return ServiceError(status, f"{phrase}.", headers=_allowed(error))
    said = _validation_message(error)
    place = _PLACE.search(said)
    message = said[: place.start()] if place else said
    if not _TYPE_ONLY.match(message):
        message = "The body is not what this route accepts"
    path = place["path"] if place else ""
    if missing := _MISSING.fullmatch(message):
        path = f"{path}.{missing['field']}"
    return invalid(f"{message}.", param=_dotted(path))


def _validation_message(error: HTTPException) -> str:
    """What msgspec said, wherever Litestar put it; empty if it was something else."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, msgspec.DecodeError):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return ""


def _allowed(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}


def _dotted(path: str) -> str | None:
    """`data.messages[0].content` (`data` is the body) as `messages.0.content`."""
    dotted = re.sub(r"\[(\d+)\]", r".\1", path.replace("[...]", "")).strip(".")
    return dotted.removeprefix("data").removeprefix(".") or None


def _type_of(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "server_error"
    return _TYPES.get(status, "invalid_request_error")
