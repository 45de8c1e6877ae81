"""Evidence averaged over the last windows of an exposure: what it would give and what it would cost.

`python -m sillage_training.enose.averaged [--data DIR]`, two minutes on one core. It gives nothing, so nothing is averaged
(docs/sensors.md); by time it tells what does help, which is to wait. Substances are kept apart (ten groups
left out of training) for known or unknown, recordings are for accuracy and for the time it takes to notice a new smell.

A window's evidence is the log-odds of `known` and the logarithm of its probabilities; what counts is the mean over the
last windows, one every 25 s. Older windows count while each of them names the same substance as the newest does
(`agreeing`), or whatever they name (`all`).
"""

from __future__ import annotations

import sys

import numpy as np

from .data import Recording, data_folder, fold_of, load
from .evaluate import LeftOut, deviation
from .rehearse import Rehearsal, rehearse
from .windows import Rows, make_bank, rows_of

COUNTS = (1, 2, 3, 4, 6, 8, 1000)
STEP_S = 5  # between answers in the trial of reaction
STRIDE_S = 25  # between windows that are averaged
JOINED_S = 250  # of each of two recordings


def averaged(values: np.ndarray, answer: np.ndarray, unit: np.ndarray, count: int, agreeing: bool, step: int = 1):
    """Mean of each row and of the rows `step`, 2 `step`, … before it in its unit; at most `count` rows."""
    out = np.empty_like(values)
    for row in range(len(values)):
        used = [row]
        while len(used) < count:
            before = used[-1] - step
            if before < 0 or unit[before] != unit[row] or (agreeing and answer[before] != answer[row]):
                break
            used.append(before)
        out[row] = values[used].mean(axis=0)
    return out


def unknown_substances(rehearsal: Rehearsal) -> None:
    known = rehearsal.is_known
    chance = np.clip(rehearsal.cross_scored(), 1e-6, 1 - 1e-6)
    odds = np.log(chance / (1 - chance))
    unit = rehearsal.group * 10_000 + rehearsal.recording
    bound = np.quantile(odds[known], 0.1)
    place = np.concatenate([np.arange((unit == u).sum()) for u in dict.fromkeys(unit)])
    for first, last in ((0, 1), (1, 4), (4, 8), (8, 12), (12, 20), (20, 1000)):
        own = (place >= first) & (place < last)
        print(
            f"  windows that begin {25 * first} to {25 * last} s into a recording: known accepted "
            f"{(odds[own & known] >= bound).mean():.3f}, unknown {(odds[own & ~known] >= bound).mean():.3f}",
            flush=True,
        )
    for agreeing in (False, True):
        print(f"  older windows counted: {'agreeing' if agreeing else 'all'}")
        for count in COUNTS:
            score = averaged(odds, rehearsal.answer, unit, count, agreeing)
            parts = []
            for rate in (0.9, 0.92):
                bound = np.quantile(score[known], 1 - rate)
                wrong = score[~known] >= bound
                spread = deviation(wrong, rehearsal.substance[~known])
                parts.append(f"{rate:.2f}: {wrong.mean():.3f} ± {spread:.3f} from {1 / (1 + np.exp(-bound)):.3f}")
            name = "whole recording so far" if count == 1000 else f"{count} windows"
            print(f"    {name:24s} unknown accepted at known accepted {', '.join(parts)}", flush=True)


def accuracy(left: LeftOut, full: Rows) -> None:
    chances, _ = left.ask(full)
    answer = chances.argmax(1)
    logs = np.log(np.clip(chances, 1e-6, 1))
    for agreeing in (False, True):
        shares = []
        for count in COUNTS:
            mean = averaged(logs, answer, full.recording, count, agreeing)
            right = mean.argmax(1) == full.label
            shares.append(f"{count} {right.mean():.4f} ± {deviation(right, full.recording):.4f}")
        print(f"  {'agreeing' if agreeing else 'all'}: {'; '.join(shares)}", flush=True)


def reaction(left: LeftOut, recordings: list[Recording], substances: list[str], folds: np.ndarray) -> None:
    """One recording's end and another's beginning without a break: seconds until the second is named."""
    random = np.random.default_rng(5)
    pairs = []
    while len(pairs) < 200:
        first, second = random.integers(len(recordings), size=2)
        if folds[first] == folds[second] and recordings[first].substance != recordings[second].substance:
            pairs.append((first, second))
    joined, labels = [], []
    for first, second in pairs:
        a, b = recordings[first], recordings[second]
        joined.append(Recording(b.substance, b.name, np.vstack([a.frames[-JOINED_S:], b.frames[:JOINED_S]])))
        labels.append(folds[second])
    rows = rows_of(joined, substances, stride=STEP_S)
    # `ask` looks folds up by recording: these are recordings of their own.
    own = LeftOut.__new__(LeftOut)
    own.models, own.folds = left.models, np.array(labels)
    chances, _ = own.ask(rows)
    answer, logs = chances.argmax(1), np.log(np.clip(chances, 1e-6, 1))
    at = np.concatenate([np.arange((rows.recording == k).sum()) for k in range(len(joined))])
    seconds = 100 + at * STEP_S - JOINED_S  # since the second smell began
    for agreeing in (False, True):
        for count in (1, 2, 4, 8):
            mean = averaged(logs, answer, rows.recording, count, agreeing, STRIDE_S // STEP_S)
            right = mean.argmax(1) == rows.label
            delays = [seconds[(rows.recording == k) & right & (seconds > 0)] for k in range(len(joined))]
            delays = np.array([d.min() if len(d) else np.inf for d in delays])
            late = right[seconds >= 150].mean()
            print(
                f"  {'agreeing' if agreeing else 'all':9s}{count} windows: named after median {np.median(delays):.0f} s, "
                f"90 % {np.quantile(delays, 0.9, method='higher'):.0f} s; from 150 s on right {late:.3f}",
                flush=True,
            )


def main() -> None:
    recordings = load(data_folder(sys.argv[1:]))
    substances = sorted({r.substance for r in recordings})
    folds = fold_of(recordings)
    bank = make_bank(recordings, substances)
    rehearsal = rehearse(bank, folds)
    print("known or unknown, substances left out", flush=True)
    unknown_substances(rehearsal)
    left = LeftOut(bank, folds, rehearsal)
    print("right, leave one recording out, windows averaged", flush=True)
    accuracy(left, bank.full)
    print("a new smell without a break (200 pairs)", flush=True)
    reaction(left, recordings, substances, folds)


if __name__ == "__main__":
    main()
