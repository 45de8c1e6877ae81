"""Server-sent events, as the HTML standard has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerEvent:
    type: str
    data: str
    id: str | None


class EventParser:
    """Takes line after line, gives an event where an empty line ends one."""

    def __init__(self) -> None:
        self._type = ""
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, line: str) -> ServerEvent | None:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                self._type = value
            elif name == "data":
                self._data.append(value)
            elif name == "id":
                self._id = value
            return None
        event = (
            ServerEvent(self._type or "message", "\n".join(self._data), self._id)
            if self._data
            else None
        )
        self._type, self._data, self._id = "", [], None
        return event
