"""Makes the blocking client from the one for asyncio; with --check says which files are old."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "sillage"
#: Written by hand for both.
BY_HAND = {"__init__.py", "_concurrency.py"}
RULES = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|read|iter_lines|iter_raw|iter_bytes)\b", r"\1"),
    (r"\basynccontextmanager\b", "contextmanager"),
]
NOTICE = "# Made from _async/{name} by scripts/unasync.py; not to be edited.\n"


def blocking(text: str, name: str) -> str:
    """The blocking form of a module."""
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return NOTICE.format(name=name) + text


def main() -> int:
    old = []
    for source in sorted((PACKAGE / "_async").glob("*.py")):
        if source.name in BY_HAND:
            continue
        target = PACKAGE / "_sync" / source.name
        text = blocking(source.read_text("utf-8"), source.name)
        if "--check" not in sys.argv:
            target.write_text(text, "utf-8")
        elif not target.exists() or target.read_text("utf-8") != text:
            old.append(target.name)
    for name in old:
        print(f"_sync/{name} is not what _async/{name} makes: run scripts/unasync.py")
    return 1 if old else 0


if __name__ == "__main__":
    raise SystemExit(main())
