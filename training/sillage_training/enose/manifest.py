"""What the model folder says beside the ONNX file: manifest.yaml and synthesis.json."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import yaml

from .data import CHANNELS, MIN_WINDOW_S, MODEL_FOLDER, STRIDE_S, WINDOW_S, Recording
from .features import MIN_FRAMES, MIN_VALID_FRACTION, VALID_RANGES, valid_range
from .model import Model

# The longest constant run of a gas channel in the recordings is 180 s. Alcohol is a few counts high and may stand
# still for a whole recording, so standing still says nothing of it.
# The room's temperature has held for 379 s on a working sensor.
STUCK_AFTER_S = 300
MAY_STAND_STILL = {"Alcohol"}
COUNTED = tuple(c for c in CHANNELS if c not in VALID_RANGES)  # channels of the converter, in counts

# Readings a device may send and we store, but no model looks at (see data.py for why).
OTHER_CHANNELS = [
    {"name": "Benzene", "unit": "count", "min": 0, "max": 1022, "saturated_at": 1023},
    {"name": "Temperature", "unit": "celsius", "min": -40, "max": 85, "stuck_after_s": 450},
    {"name": "Pressure", "unit": "hPa", "min": 300, "max": 1100, "stuck_after_s": STUCK_AFTER_S},
    {"name": "Humidity", "unit": "percent", "min": 0, "max": 100, "stuck_after_s": STUCK_AFTER_S},
    {"name": "Altitude", "unit": "metre", "min": -500, "max": 9000, "stuck_after_s": STUCK_AFTER_S},
]
SENTINELS = [4294967295, 65535, 55735, -1, -999, -9999]
CLEANEST = 20
SYNTHESIS_POINTS = 9


def clean_air(recordings: list[Recording]) -> dict[str, float]:
    """Estimate of the reference device in clean air.

    SmellNet has no labelled clean-air part and many recordings begin already exposed. The first ten seconds of the
    recordings that begin with the lowest levels overall are the nearest to clean air there is: the median of those.
    Gas_Resistance is left out: its level in clean air follows the humidity of the day, so one number cannot stand for it.
    """
    columns = [CHANNELS.index(c) for c in COUNTED]
    starts = np.array([np.median(r.frames[:10, columns], axis=0) for r in recordings])
    standing = np.log1p(starts).sum(axis=1).argsort()[:CLEANEST]
    return {c: float(v) for c, v in zip(COUNTED, np.round(np.median(starts[standing], axis=0), 1))}


def channel_statistics(recordings: list[Recording]) -> dict:
    """Per substance and channel of the converter what a synthetic trace needs, in ln(1 + count): the mean course over the
    recording at evenly spaced points, the spread between recordings, and the size of the second-to-second noise."""
    columns = [CHANNELS.index(c) for c in COUNTED]
    table = {}
    for substance in sorted({r.substance for r in recordings}):
        own = [np.log1p(r.frames[:, columns]) for r in recordings if r.substance == substance]
        points = np.array(
            [
                [block.mean(axis=0) for block in np.array_split(logs, SYNTHESIS_POINTS)]
                for logs in own
            ]
        )
        noise = np.mean([np.diff(logs, axis=0).std(axis=0) for logs in own], axis=0)
        table[substance] = {
            "course": np.round(points.mean(axis=0), 4).tolist(),
            "spread": np.round(points.mean(axis=1).std(axis=0), 4).tolist(),
            "noise": np.round(noise, 4).tolist(),
        }
    seconds = int(np.mean([len(r.frames) for r in recordings]))
    return {"channels": list(COUNTED), "seconds": seconds, "unit": "ln(1 + count)", "substances": table}


def describe_channel(name: str) -> dict:
    low, high = valid_range(name)
    entry = {"name": name, "unit": "count" if name in COUNTED else "kiloohm", "min": low, "max": high}
    if name in COUNTED:
        entry["saturated_at"] = high + 1
    return entry | ({} if name in MAY_STAND_STILL else {"stuck_after_s": STUCK_AFTER_S})


def write_manifest(
    model: Model, substances: list[str], baseline: dict[str, float], statistics: dict, folder: Path = MODEL_FOLDER
) -> None:
    """Writes manifest.yaml, without metrics, and synthesis.json."""
    size = len(model.imputation)
    manifest = {
        "name": "enose-smellnet",
        "version": folder.name,
        "task": "enose-classification",
        "summary": f"Which of {len(substances)} substances an electronic nose smells, "
        f"from {WINDOW_S} s of seven gas channels at 1 Hz",
        "files": {"model": "model.onnx", "substances": "substances.yaml", "synthesis": "synthesis.json"},
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, size]}],
        "outputs": [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(substances)]},
            {"name": "known", "datatype": "FP32", "shape": [-1, 1]},
            {"name": "distance", "datatype": "FP32", "shape": [-1, 1]},
        ],
        "labels": substances,
        "batching": {"maxRows": 256, "maxCost": 256 * size},
        "parameters": {
            "sensor_type": "smellnet-12",
            "sample_hz": 1,
            "window_s": WINDOW_S,
            "min_window_s": MIN_WINDOW_S,
            "stride_s": STRIDE_S,
            "min_frames": MIN_FRAMES,
            "min_valid_fraction": MIN_VALID_FRACTION,
            "max_missing_channels": 1,
            "channels": [describe_channel(c) for c in CHANNELS],
            "other_channels": OTHER_CHANNELS,
            "sentinels": SENTINELS,
            "clean_air": baseline,
            "calibration_mode": "offset",
            "temperature": round(model.temperature, 4),
            "temperature_applied": True,  # inside the graph: `probabilities` needs nothing more
            "unknown": {
                "min_known": round(model.min_known, 4),
                "max_distance": round(model.max_distance, 4),
            },
        },
        "metrics": [],
        "license": "MIT",
        "data": ["SmellNet (arXiv 2506.00239; its repository MIT-MI/SmellNet is MIT), five recordings per substance"],
    }
    save(manifest, folder)
    (folder / "synthesis.json").write_text(json.dumps(statistics, separators=(",", ":")) + "\n")


def save(manifest: dict, folder: Path = MODEL_FOLDER) -> None:
    text = yaml.safe_dump(manifest, sort_keys=False, default_flow_style=None, width=110)
    (folder / "manifest.yaml").write_text(text)


def read(folder: Path = MODEL_FOLDER) -> dict:
    return yaml.safe_load((folder / "manifest.yaml").read_text())
