# Made from _async/live.py by scripts/unasync.py; not to be edited.
"""The live stream of a device: numbered readings in, classifications out, over a WebSocket."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections import deque
from collections.abc import Iterator, Iterable
from types import TracebackType

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ..errors import ConnectionFailed, StreamEnded, problem_error
from ..inputs import Reading
from ..models import StreamAck, StreamError, StreamEvent, StreamReady
from ._concurrency import Lock, Socket, open_socket, receive_text, sleep
from ._transport import Transport, parse

_protocol = "sillage.sensors.v1"
#: Messages that may be on their way unsettled; `send` waits for the oldest beyond it.
_most_unsettled = 64
#: The server is closing for a reason of its own: connect again and go on.
_comes_back = frozenset({1001, 1006, 1011, 1012, 1013})


class Live:
    """One stream to one device. Readings are stored in order, each once, whatever breaks."""

    def __init__(self, transport: Transport, path: str, *, session: str | None = None) -> None:
        self._transport = transport
        self.session = session or uuid.uuid4().hex
        self._url = f"ws{transport.url.removeprefix('http')}{path}?session={self.session}"
        self._socket: Socket | None = None
        self._next = 1
        self._unsettled: deque[tuple[int, str]] = deque()
        self._inbox: deque[StreamEvent] = deque()
        self._reading = Lock()
        self._mending = Lock()
        self._failed = 0

    def __enter__(self) -> Live:
        self._connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the stream; under the same session another one can go on with it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, readings: Iterable[Reading]) -> int:
        """Sends up to 1,000 readings as one message and gives its number.

        Waits while too many messages are unsettled: so a slow server slows the sender down.
        """
        seq = self._next
        text = json.dumps({"type": "readings", "seq": seq, "readings": list(readings)})
        while len(self._unsettled) >= _most_unsettled:
            self._receive(None)
        self._next += 1
        self._unsettled.append((seq, text))
        socket = self._open()
        try:
            socket.send(text)
        except ConnectionClosed as closed:
            self._reconnect(socket, closed)
        return seq

    def flush(self, *, timeout_s: float | None = 30.0) -> None:
        """Returns when every message is settled: stored, or refused by an `error` event."""
        while self._unsettled:
            self._receive(timeout_s)

    def __iter__(self) -> Iterator[StreamEvent]:
        """What the server says: `ack`, `classification`, `drift`, `error`, without an end."""
        while True:
            yield self.receive()

    def receive(self, *, timeout_s: float | None = None) -> StreamEvent:
        """The next event. Raises TimeoutError when none came in time."""
        while not self._inbox:
            self._receive(timeout_s)
        return self._inbox.popleft()

    def _receive(self, timeout_s: float | None) -> None:
        """Takes one event in; where the line broke, connects again instead."""
        with self._reading:
            socket = self._open()
            try:
                text = receive_text(socket, timeout_s)
            except ConnectionClosed as closed:
                self._reconnect(socket, closed)
                return
            self._failed = 0
            self._take(parse(StreamEvent, text))

    def _take(self, event: StreamEvent) -> None:
        if isinstance(event, StreamReady):
            return
        settled = event.seq if isinstance(event, (StreamAck, StreamError)) else None
        if settled is not None:
            self._settle(settled)
        self._inbox.append(event)

    def _settle(self, seq: int) -> None:
        while self._unsettled and self._unsettled[0][0] <= seq:
            self._unsettled.popleft()

    def _open(self) -> Socket:
        if self._socket is None:
            raise ConnectionFailed("the stream is not open: use it in a `with`")
        return self._socket

    def _connect(self) -> None:
        headers = dict(self._transport.headers)
        try:
            socket = open_socket(
                self._url, headers, _protocol, min(self._transport.timeout_s, 30.0)
            )
        except InvalidStatus as refused:
            body = refused.response.body or b""
            try:
                problem = json.loads(body)
            except ValueError:
                problem = {"detail": body.decode("utf-8", "replace")[:200]}
            raise problem_error(refused.response.status_code, problem) from None
        except (OSError, WebSocketException, TimeoutError) as error:
            raise ConnectionFailed(f"{self._url} cannot be reached: {error}") from error
        ready = parse(StreamEvent, receive_text(socket, self._transport.timeout_s))
        if not isinstance(ready, StreamReady):
            raise ConnectionFailed(f"the stream began with {ready.type} in place of ready")
        self._settle(ready.settled)
        # A session that another program began goes on with the number after its last.
        self._next = max(self._next, ready.settled + 1)
        self._socket = socket
        for _, text in tuple(self._unsettled):
            socket.send(text)

    def _reconnect(self, broken: Socket, closed: ConnectionClosed) -> None:
        """Connects again and sends what was not settled. Raises where that cannot help."""
        code = 1006 if closed.rcvd is None else closed.rcvd.code
        reason = "" if closed.rcvd is None else closed.rcvd.reason
        if code not in _comes_back:
            raise StreamEnded(code, reason) from closed
        with self._mending:
            # Who sends and who receives find a break each; one of them mends it.
            while self._socket is broken:
                self._failed += 1
                wait_s = self._transport.retries.wait_s(self._failed, None)
                if wait_s is None:
                    raise ConnectionFailed("the stream broke off again and again") from closed
                sleep(wait_s)
                with contextlib.suppress(ConnectionFailed, ConnectionClosed, TimeoutError):
                    self._connect()
