"""What differs between asyncio and threads: this file stands beside its namesake in `_sync`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect

T = TypeVar("T")
R = TypeVar("R")

sleep = asyncio.sleep
Lock = asyncio.Lock
Socket = ClientConnection
_chunk_bytes = 1 << 20


async def map_bounded(
    work: Callable[[T], Awaitable[R]], items: Sequence[T], at_once: int
) -> list[R]:
    """Results in the order of the items, `at_once` in hand; the first failure ends the rest."""
    places = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with places:
            return await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def file_chunks(path: Path) -> AsyncIterator[bytes]:
    """The file's bytes, read beside the event loop."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _chunk_bytes):
            yield chunk
    finally:
        file.close()


async def open_socket(url: str, headers: dict[str, str], protocol: str, timeout_s: float) -> Socket:
    return await connect(
        url,
        additional_headers=headers,
        subprotocols=[protocol],  # type: ignore[list-item]
        open_timeout=timeout_s,
        max_size=16 << 20,
    )


async def receive_text(socket: Socket, timeout_s: float | None) -> str:
    """The next message. Raises TimeoutError when none came in time."""
    try:
        return str(await asyncio.wait_for(socket.recv(), timeout_s))
    except asyncio.TimeoutError:
        raise TimeoutError from None
