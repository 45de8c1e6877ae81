"""A recorded window that the e-nose model was measured with."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sillage.inputs import Reading

ROOT = Path(__file__).parents[4]


def almond(start: datetime | None = None) -> list[Reading]:
    """A hundred seconds of the first substance, one reading a second."""
    golden = json.loads((ROOT / "models/enose-smellnet/2/golden.json").read_text("utf-8"))
    window = golden["cases"][0]
    assert window["substance"] == "almond"
    begun = start or datetime.now(timezone.utc) - timedelta(seconds=len(window["frames"]))
    return [
        {
            "t": (begun + timedelta(seconds=second)).isoformat().replace("+00:00", "Z"),
            "channels": {
                channel: value
                for channel, value in zip(golden["channels"], frame, strict=True)
                if value is not None
            },
        }
        for second, frame in enumerate(window["frames"])
    ]
