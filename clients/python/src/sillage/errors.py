"""What can go wrong, as exceptions.

`SillageError` is all of them. `ApiError` is an answer of the server: a problem document
(RFC 9457), with a subclass for each kind that a program treats differently. The others never
reached a server that answered.
"""

from __future__ import annotations

import json
from typing import Any

import httpx

from ._retries import retry_after_s
from .models import FieldError


class SillageError(Exception):
    """Anything this package raises about a request."""


class ConnectionFailed(SillageError):
    """No connection, or one that broke off. Tried again as often as `max_retries` allows."""


class TimedOut(ConnectionFailed):
    """The server did not answer within the timeout."""


class StreamEnded(SillageError):
    """A live stream was closed for good. `code` says why, as in the API guide."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the stream was closed with {code}: {reason}")
        self.code = code
        self.reason = reason


class ResultsChanged(SillageError):
    """Rows of a job were written anew while they were being read: begin the reading again."""


class MoleculeFailed(SillageError):
    """A single molecule could not be used; `position` counts characters from 1."""

    def __init__(self, detail: str, *, code: str, input: str, position: int | None) -> None:
        super().__init__(detail)
        self.code = code
        self.input = input
        self.position = position


class ApiError(SillageError):
    """The server refused. `str(error)` says what is wrong and what would be right."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after_s: float | None) -> None:
        self.status = status
        self.problem = problem
        """The whole document, with what a kind of error adds (`suggestions`, `scope`, …)."""
        self.code = str(problem.get("code", "unknown"))
        """Stable name of the kind of error, such as `invalid_input`."""
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.instance = str(problem.get("instance", ""))
        self.request_id = str(problem.get("requestId", ""))
        """Finds the request in the server's logs."""
        self.errors = [FieldError.model_validate(one) for one in problem.get("errors", [])]
        """Each wrong field, by a JSON pointer, and what would be right."""
        self.retry_after_s = retry_after_s
        """Seconds after which it is worth trying again; None where it is not said."""
        super().__init__(self._text())

    def _text(self) -> str:
        text = f"{self.status} {self.code}: {self.detail or self.title}"
        fields = [f"{one.pointer} {one.detail}" for one in self.errors]
        if fields and not (len(fields) == 1 and self.errors[0].detail in text):
            text += f" ({'; '.join(fields)})"
        return f"{text} [request {self.request_id}]" if self.request_id else text


class InvalidInput(ApiError):
    """400, 413, 415: `errors` names the fields."""


class NotUnderstood(ApiError):
    """422: the description says nothing about smell; `suggestions` would be understood."""

    @property
    def suggestions(self) -> list[str]:
        return [str(one) for one in self.problem.get("suggestions", [])]


class NotAuthenticated(ApiError):
    """401: no key, or one that does not hold."""


class NotAllowed(ApiError):
    """403: the key lacks `scope`."""

    @property
    def scope(self) -> str | None:
        return self.problem.get("scope")


class NotFound(ApiError):
    """404."""


class Conflict(ApiError):
    """409: it clashes with what is there."""


class RateLimited(ApiError):
    """429: the limit of this key; `retry_after_s` says for how long."""


class QuotaExceeded(RateLimited):
    """429: the month's molecules, or the jobs at the same time, are used up."""


class Unavailable(ApiError):
    """503 and 504: not at the moment."""


class ServerFailed(ApiError):
    """500 and others: a fault on the server's side; `request_id` finds it."""


_by_status: dict[int, type[ApiError]] = {
    400: InvalidInput,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: InvalidInput,
    415: InvalidInput,
    422: NotUnderstood,
    429: RateLimited,
    503: Unavailable,
    504: Unavailable,
}


def error_of(response: httpx.Response) -> ApiError:
    """The exception for an answer that is no success. Its body must have been read."""
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        # Not ours: a proxy, or the wrong address.
        text = response.text.strip()[:200]
        body = {"detail": text or response.reason_phrase}
    elif "error_description" in body:
        body = {"code": body.get("error"), "detail": body["error_description"]}
    return problem_error(response.status_code, body, retry_after_s(response.headers))


def problem_error(
    status: int, problem: dict[str, Any], retry_after_s: float | None = None
) -> ApiError:
    """The exception for a problem document, wherever it came from."""
    kind = _by_status.get(status, ServerFailed if status >= 500 else ApiError)
    if problem.get("code") == "quota_exceeded":
        kind = QuotaExceeded
    return kind(status, problem, retry_after_s)
