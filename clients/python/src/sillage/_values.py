"""From Python values to what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeAlias, TypeVar

from .inputs import ModelVersion

Moment: TypeAlias = "str | datetime"
"""RFC 3339 text, or a datetime; one without a time zone is taken as UTC."""
ModelChoice: TypeAlias = "str | ModelVersion"
"""A model by name (its newest version), or as `{"name": …, "version": …}`."""

T = TypeVar("T")


def moment(value: Moment | None) -> str | None:
    """RFC 3339, as the API reads it."""
    if value is None or isinstance(value, str):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def given(**values: Any) -> dict[str, Any]:
    """What was given: everything that is not None."""
    return {name: value for name, value in values.items() if value is not None}


def query(values: Mapping[str, Any]) -> dict[str, str]:
    """Query parameters as text; lists by commas."""

    def text(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (list, tuple)):
            return ",".join(str(one) for one in value)
        return str(value)

    return {name: text(value) for name, value in values.items() if value is not None}


def id_of(thing: Any) -> str:
    """The id of a thing, or the id itself."""
    return thing if isinstance(thing, str) else str(thing.id)


def path_of(template: str, **parts: Any) -> str:
    """A path with its parameters filled in; nothing in them can leave its place in the path."""
    from urllib.parse import quote

    return template.format(**{name: quote(id_of(part), safe="") for name, part in parts.items()})


def slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Pieces of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
