"""What differs between asyncio and threads: this file stands beside its namesake in `_async`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock as Lock
from typing import TypeVar

from websockets.sync.client import ClientConnection, connect

T = TypeVar("T")
R = TypeVar("R")

sleep = time.sleep
Socket = ClientConnection
_chunk_bytes = 1 << 20


def map_bounded(work: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """Results in the order of the items, `at_once` in hand; the first failure ends the rest."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="sillage") as pool:
        tasks = [pool.submit(work, item) for item in items]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def file_chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes."""
    with path.open("rb") as file:
        while chunk := file.read(_chunk_bytes):
            yield chunk


def open_socket(url: str, headers: dict[str, str], protocol: str, timeout_s: float) -> Socket:
    # Entered here and closed by its owner, who outlives one `with`: it connects again.
    return connect(
        url,
        additional_headers=headers,
        subprotocols=[protocol],  # type: ignore[list-item]
        open_timeout=timeout_s,
        max_size=16 << 20,
    ).__enter__()


def receive_text(socket: Socket, timeout_s: float | None) -> str:
    """The next message. Raises TimeoutError when none came in time."""
    return str(socket.recv(timeout_s))
