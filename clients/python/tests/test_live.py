"""The live stream against a real WebSocket server that breaks, settles and refuses."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from sillage import (
    AsyncSillage,
    ConnectionFailed,
    NotAuthenticated,
    RetryPolicy,
    Sillage,
    StreamEnded,
)
from sillage.inputs import Reading
from sillage.models import StreamAck

QUICK = RetryPolicy(max_retries=3, first_wait_s=0.001)
ONE: list[Reading] = [{"t": "2026-11-21T10:00:00Z", "channels": {"NO2": 216}}]


class Stream:
    """One connection, seen from the server."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        assert connection.request is not None
        self.path = connection.request.path
        self.headers = connection.request.headers

    def say(self, **event: Any) -> None:
        self._connection.send(json.dumps(event))

    def heard(self) -> int:
        seq: int = json.loads(self._connection.recv())["seq"]
        return seq

    def settle(self, seq: int) -> None:
        self.say(
            type="ack",
            seq=seq,
            already_settled=False,
            stored=1,
            duplicates=0,
            out_of_order=0,
            findings=[],
            refused=[],
            refused_total=0,
        )

    def close(self, code: int) -> None:
        self._connection.close(code, "as the test says")

    def cut(self) -> None:
        self._connection.socket.close()


@contextmanager
def streaming(*scenes: Callable[[Stream], None]) -> Iterator[str]:
    """A server on which each connection plays the next scene; further ones are refused."""
    played = iter(scenes)
    lock = threading.Lock()

    def play(connection: ServerConnection) -> None:
        with lock:
            scene = next(played, None)
        if scene is not None:
            scene(Stream(connection))

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("x-api-key") == "sk_good":
            return None
        body = {"code": "unauthenticated", "status": 401, "detail": "the key does not hold"}
        return connection.respond(HTTPStatus.UNAUTHORIZED, json.dumps(body))

    with serve(
        play,
        "127.0.0.1",
        0,
        process_request=admit,
        subprotocols=["sillage.sensors.v1"],  # type: ignore[list-item]
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def test_what_was_not_settled_is_sent_again_after_a_break() -> None:
    heard: list[list[int]] = [[], []]

    def first(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=0)
        heard[0] += [stream.heard(), stream.heard(), stream.heard()]
        stream.settle(1)
        stream.close(1001)

    def second(stream: Stream) -> None:
        assert "session=mine" in stream.path
        # The second message was stored, though its acknowledgement was lost.
        stream.say(type="ready", session="s", settled=2)
        heard[1] += [stream.heard()]
        stream.settle(3)
        heard[1] += [stream.heard()]
        stream.settle(4)
        stream.heard()

    with streaming(first, second) as url, Sillage(url, "sk_good", retries=QUICK) as client:
        with client.sensors.live("d-1", session="mine") as live:
            assert [live.send(ONE), live.send(ONE), live.send(ONE)] == [1, 2, 3]
            live.flush(timeout_s=5)
            assert live.send(ONE) == 4
            live.flush(timeout_s=5)
    assert heard == [[1, 2, 3], [3, 4]]


def test_a_line_that_is_cut_without_a_word_is_mended() -> None:
    def first(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=0)
        stream.heard()
        stream.cut()

    def second(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=0)
        stream.settle(stream.heard())
        stream.heard()

    async def scenario(url: str) -> None:
        async with (
            AsyncSillage(url, "sk_good", retries=QUICK) as client,
            client.sensors.live("d-1") as live,
        ):
            await live.send(ONE)
            event = await live.receive(timeout_s=5)
            assert isinstance(event, StreamAck)
            assert event.seq == 1

    with streaming(first, second) as url:
        asyncio.run(scenario(url))


def test_a_session_that_another_began_goes_on_with_the_next_number() -> None:
    def scene(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=41)
        stream.settle(stream.heard())
        stream.heard()

    with streaming(scene) as url, Sillage(url, "sk_good") as client:
        with client.sensors.live("d-1", session="old") as live:
            assert live.send(ONE) == 42
            live.flush(timeout_s=5)


def test_a_stream_that_ended_for_good_says_why() -> None:
    def scene(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=0)
        stream.close(4401)

    with streaming(scene) as url, Sillage(url, "sk_good", retries=QUICK) as client:
        with client.sensors.live("d-1") as live:
            with pytest.raises(StreamEnded) as ended:
                live.receive(timeout_s=5)
            assert ended.value.code == 4401


def test_a_stream_that_is_refused_is_the_error_of_any_request() -> None:
    with streaming() as url, Sillage(url, "sk_bad") as client:
        with pytest.raises(NotAuthenticated, match="does not hold"):
            client.sensors.live("d-1").__enter__()


def test_breaks_have_an_end() -> None:
    def scene(stream: Stream) -> None:
        stream.say(type="ready", session="s", settled=0)
        stream.close(1013)

    with streaming(scene) as url, Sillage(url, "sk_good", retries=QUICK) as client:
        with client.sensors.live("d-1") as live, pytest.raises(ConnectionFailed):
            live.receive(timeout_s=5)
