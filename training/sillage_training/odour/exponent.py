"""Prints the exponent of Stevens' law on the scale of the ratings, as mixtures use it.

python -m sillage_training.odour.exponent

Perceived strength grows as a power of concentration. Each molecule of the DREAM ratings was rated at two or more
dilutions; its exponent is the slope of log rating over log concentration between the strongest and the weakest.
"""

from __future__ import annotations

import argparse

import numpy as np

from .data import data_folder, load_ratings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    table = load_ratings(data_folder(parser.parse_args().data))
    slopes = []
    for _, group in table.groupby("key"):
        ends = group.sort_values("log_dilution")
        weak, strong = ends.iloc[0], ends.iloc[-1]
        if strong["log_dilution"] > weak["log_dilution"]:
            span = strong["log_dilution"] - weak["log_dilution"]
            slopes.append(np.log10(strong["intensity"] / weak["intensity"]) / span)
    low, middle, high = np.percentile(slopes, [25, 50, 75])
    print(f"{len(slopes)} molecules: median exponent {middle:.2f}, quartiles {low:.2f} and {high:.2f}")


if __name__ == "__main__":
    main()
