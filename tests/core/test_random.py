# SPDX-License-Identifier: Apache-2.0
"""Named streams: same name, same numbers; any other name, other numbers."""

from __future__ import annotations

import numpy as np
import pytest

from keruen.core.errors import SchemaError
from keruen.core.random import stream

PINNED = [951663, 806835, 775318]


def test_same_seed_and_name_give_the_same_numbers() -> None:
    assert np.array_equal(stream(1, "a", 2).normal(size=50), stream(1, "a", 2).normal(size=50))


def test_opening_other_streams_changes_nothing() -> None:
    alone = stream(5, "deaths").normal(size=10)
    for name in ("births", "stocks", "weight"):
        stream(5, name).normal(size=1000)
    assert np.array_equal(alone, stream(5, "deaths").normal(size=10))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "a"), (2, "a")),
        ((1, "a"), (1, "b")),
        ((1, "a", 0), (1, "a", 1)),
        ((1, "a"), (1, "a", "a")),
        ((1, "ab"), (1, "a", "b")),
        ((1, "a", 1), (1, "a", "1")),  # the number and the word are two names
    ],
)
def test_another_seed_or_name_gives_other_numbers(one: tuple, other: tuple) -> None:
    assert not np.array_equal(stream(*one).normal(size=20), stream(*other).normal(size=20))


def test_streams_of_neighbouring_trajectories_are_not_correlated() -> None:
    draws = np.array([stream(3, "flows", number).normal(size=400) for number in range(60)])
    correlation = np.corrcoef(draws)[np.triu_indices(60, 1)]
    assert abs(correlation.mean()) < 0.01  # 1,770 pairs of standard error 0.05
    assert np.abs(correlation).max() < 0.25


def test_numbers_are_fixed_for_good() -> None:
    # A change of the key would silently change every published draw.
    assert stream(20250101, "flows", "births").integers(1_000_000, size=3).tolist() == PINNED


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(SchemaError, match="whole number") as caught:
        stream(seed, "a")  # type: ignore[arg-type]
    assert caught.value.id == "BadSeed"


def test_a_stream_has_a_name() -> None:
    with pytest.raises(SchemaError, match="needs a name"):
        stream(1)


def test_numpy_integers_are_seeds() -> None:
    assert stream(np.int64(4), "a").normal() == stream(4, "a").normal()
