"""When a request is worth sending again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Refused before anything was done: safe to send again, whatever it asks for.
REFUSED = frozenset({429, 503})
#: Nobody knows whether it was done: sent again only where doing it twice is doing it once.
UNKNOWN = frozenset({408, 502, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a request is sent again."""

    max_retries: int = 4
    """Times that a request is sent again after the first."""
    first_wait_s: float = 0.25
    """Longest wait before the second try; doubled for each one after it."""
    longest_wait_s: float = 60.0
    """A server that asks for a longer wait gets none: the error is raised at once."""

    def wait_s(self, tried: int, asked_s: float | None, draw: float | None = None) -> float | None:
        """Seconds before the next try, or None where there is none.

        `tried` counts the tries so far, from 1. What the server asked for (`Retry-After`) is kept
        and up to a quarter is added; else the wait is drawn evenly from zero to the bound, so that
        clients that failed together do not come back together. `draw` is that chance, 0 to 1.
        """
        if tried > self.max_retries:
            return None
        chance = random.random() if draw is None else draw
        if asked_s is not None:
            return None if asked_s > self.longest_wait_s else asked_s * (1 + chance / 4)
        bound: float = min(self.first_wait_s * 2 ** (tried - 1), self.longest_wait_s)
        return bound * chance


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or a date (RFC 9110)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((at - (now or datetime.now(timezone.utc))).total_seconds(), 0.0)


def may_repeat(status: int, *, is_repeatable: bool) -> bool:
    """Whether an answer with this status is worth asking for again."""
    return status in REFUSED or (is_repeatable and status in UNKNOWN)
