# Made from _async/_transport.py by scripts/unasync.py; not to be edited.
"""One request: sent, tried again where that may help, its errors made exceptions."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Callable, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from .. import _values
from .._retries import RetryPolicy, may_repeat, retry_after_s
from .._version import __version__
from ..errors import ConnectionFailed, TimedOut, error_of
from ._concurrency import sleep

T = TypeVar("T")
#: Makes a body anew for each try.
MakeBody = Callable[[], "bytes | Iterator[bytes]"]


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def parse(form: Any, text: str | bytes) -> Any:
    """JSON as a value of this form."""
    return _adapter(form).validate_json(text)


class Transport:
    """Where the server is, who asks, and how patiently."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str | None,
        language: str | None,
        timeout_s: float,
        retries: RetryPolicy,
        http: httpx.Client | None,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.retries = retries
        self.headers = {"user-agent": f"sillage-python/{__version__}"}
        if api_key:
            self.headers["x-api-key"] = api_key
        if language:
            self.headers["accept-language"] = language
        self._owns_http = http is None
        self._http = http or httpx.Client(follow_redirects=False)

    def close(self) -> None:
        if self._owns_http:
            self._http.close()

    def answer(
        self,
        form: type[T] | Any,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        make_body: MakeBody | None = None,
        is_repeatable: bool | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """What the server answers, as a value of `form`; None of it where `form` is None."""
        with self.stream(
            method,
            path,
            json=json,
            query=query,
            headers={"accept": "application/json", **(headers or {})},
            make_body=make_body,
            is_repeatable=is_repeatable,
            timeout_s=timeout_s,
            is_whole=True,
        ) as response:
            return None if form is None else parse(form, response.content)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        make_body: MakeBody | None = None,
        is_repeatable: bool | None = None,
        timeout_s: float | None = None,
        is_whole: bool = False,
    ) -> Iterator[httpx.Response]:
        """An answer that is a success, its body still to be read unless `is_whole`.

        Without `is_repeatable`, every method but POST and PATCH may be done twice, and a POST that
        carries an Idempotency-Key.
        """
        sent = {**self.headers, "x-request-id": str(uuid.uuid4()), **(headers or {})}
        may_twice = (
            is_repeatable
            if is_repeatable is not None
            else method not in ("POST", "PATCH") or "idempotency-key" in sent
        )
        limit_s = timeout_s or self.timeout_s
        tried = 0
        while True:
            tried += 1
            request = self._http.build_request(
                method,
                self.url + path,
                json=json,
                content=make_body() if make_body else None,
                params=_values.query(query or {}) or None,
                headers=sent,
                timeout=httpx.Timeout(limit_s, connect=min(limit_s, 10.0)),
            )
            try:
                response = self._http.send(request, stream=True)
                try:
                    if is_whole or not response.is_success:
                        response.read()
                except BaseException:
                    response.close()
                    raise
            except httpx.TransportError as error:
                # What was not connected was not sent.
                is_unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
                wait_s = self.retries.wait_s(tried, None) if may_twice or is_unsent else None
                if wait_s is None:
                    raise connection_error(error, self.url) from error
                sleep(wait_s)
                continue
            if response.is_success:
                break
            response.close()
            wait_s = (
                self.retries.wait_s(tried, retry_after_s(response.headers))
                if may_repeat(response.status_code, is_repeatable=may_twice)
                else None
            )
            if wait_s is None:
                raise error_of(response)
            sleep(wait_s)
        try:
            yield response
        finally:
            with contextlib.suppress(httpx.TransportError):
                response.close()


def connection_error(error: httpx.TransportError, url: str) -> ConnectionFailed:
    """What a fault of the connection is to the caller."""
    what = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{url} did not answer in time: {what}")
    return ConnectionFailed(f"{url} cannot be reached: {what}")
