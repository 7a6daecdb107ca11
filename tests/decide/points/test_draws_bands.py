# SPDX-License-Identifier: Apache-2.0
"""Cut-offs from bands: identities, the truncated exponential, its worth beside even bands."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import AccountError, FaultsError, SchemaError
from keruen.decide.points.draws_bands import finest_bands, predict_cutoff

# Bands of the Canadian file of rounds (methods, decide 3.4).
TENS = [f"{low}-{low + 9}" for low in (*range(401, 450, 10), *range(451, 500, 10))]
FINEST = ["0-300", "301-350", "351-400", *TENS, "501-600", "601-1200"]
WIDE = {"401-450": TENS[:5], "451-500": TENS[5:]}


def banded(scores: np.ndarray) -> xr.DataArray:
    """A pool by all bands of the file, with the total."""
    ends = {name: [int(end) for end in name.split("-")] for name in (*FINEST, *WIDE)}
    counts = {n: float(((scores >= a) & (scores <= b)).sum()) for n, (a, b) in ends.items()}
    counts["total"] = float(scores.size)
    return xr.DataArray(list(counts.values()), {"band": list(counts)})


def test_identities_of_the_file() -> None:
    scores = np.random.default_rng(1).integers(0, 1200, 5000)
    pool = banded(scores)
    assert finest_bands(pool)["band"].values.tolist() == FINEST
    wrong = pool.copy()
    wrong.loc["451-500"] += 3
    wrong.loc["total"] -= 1
    with pytest.raises(FaultsError) as found:
        finest_bands(wrong)
    assert [fault.id for fault in found.value.faults] == ["PartsNotWhole"] * 2
    assert "-3 persons" in str(found.value.faults[0])
    rounds = xr.concat([pool, wrong], xr.DataArray([1, 2], dims="round", name="round"))
    with pytest.raises(FaultsError, match="in 1 of 2 rounds"):
        finest_bands(rounds)


@pytest.mark.parametrize(
    ("bands", "id"),
    [
        (["0-10", "12-20"], "Gap"),
        (["0-10", "10-20"], "Gap"),
        (["0-10", "11+"], "BadBand"),
        (["0-20", "0-5", "6-15"], "Gap"),
    ],
)
def test_bad_bands(bands, id) -> None:
    with pytest.raises(SchemaError) as found:
        finest_bands(xr.DataArray(np.ones(len(bands)), {"band": bands}))
    ids = [one.id for one in getattr(found.value, "faults", (found.value,))]
    assert id in ids


def test_counts_are_whole() -> None:
    with pytest.raises(SchemaError) as found:
        finest_bands(xr.DataArray([1.5, -1.0], {"band": ["0-10", "11-20"]}))
    assert found.value.id == "BadCount"


def test_one_sum_is_an_account_error() -> None:
    with pytest.raises(AccountError):
        finest_bands(xr.DataArray([1.0, 2.0, 4.0], {"band": ["0-10", "11-20", "total"]}))


def test_an_exact_exponential_is_found_again() -> None:
    """Where the pool is the model, any quantile of the band comes out within a point."""
    decay, density = 0.03, 40.0
    held = np.round(density / decay * -np.expm1(-decay * 100))
    pool = xr.DataArray(
        [1000.0, 10 * density, held, 0.0],
        {"band": ["0-490", "491-500", "501-600", "601-1200"]},
    )
    size = xr.DataArray(
        np.arange(50.0, held, 100.0), {"round": np.arange(len(np.arange(50.0, held, 100.0)))}
    )
    found = predict_cutoff(pool, size).cutoff
    upper = np.exp(-decay * 100)
    truth = 501 - np.log(upper + size / held * (1 - upper)) / decay
    assert float(np.abs(found - np.floor(truth)).max()) <= 1


def test_hand_made_even_band() -> None:
    pool = xr.DataArray([50.0, 50.0, 0.0], {"band": ["0-49", "50-99", "100-200"]})
    # density of the band below equals that of the band: the tail is flat, ten of fifty is
    # the top fifth
    both = [predict_cutoff(pool, 10, method=m).cutoff.item() for m in ("exponential", "linear")]
    assert both == [90.0, 90.0]


def test_edges() -> None:
    pool = xr.DataArray([5.0, 5.0, 10.0], {"band": ["0-49", "50-99", "100-200"]})
    small = predict_cutoff(pool, 4)
    assert np.isnan(small.cutoff.item())  # highest band: nothing is predicted
    assert (small.lowest.item(), small.highest.item()) == (100, 200)
    large = predict_cutoff(pool, 21)
    assert np.isnan(large.cutoff.item())
    assert np.isnan(large.lowest.item())
    whole = predict_cutoff(pool, 20)
    assert whole.cutoff.item() == 0
    for size in range(11, 21):
        found = predict_cutoff(pool, size)
        assert found.lowest <= found.cutoff <= found.highest
    with pytest.raises(SchemaError):
        predict_cutoff(pool, 0)


def _errors(draw, rounds: int = 150) -> np.ndarray:
    """Mean absolute error of both methods in the band 501-600 of made-up pools."""
    rng = np.random.default_rng(5)
    errors = []
    for _ in range(rounds):
        scores = draw(rng)
        pool = banded(scores)
        size = int(pool.sel(band="601-1200")) + int(
            rng.uniform(0.1, 0.95) * pool.sel(band="501-600")
        )
        truth = np.sort(scores)[::-1][size - 1]
        errors.append(
            [
                abs(predict_cutoff(pool, size, method=m).cutoff.item() - truth)
                for m in ("linear", "exponential")
            ]
        )
    return np.mean(errors, axis=0)


def bell(rng) -> np.ndarray:
    count, mean, spread = rng.integers(30_000, 90_000), rng.uniform(400, 440), rng.uniform(35, 55)
    return np.clip(np.round(rng.normal(mean, spread, count)), 0, 600)


def drained(rng) -> np.ndarray:
    """A pool in which rounds have thinned the scores above a cut-off inside the band."""
    scores = bell(rng)
    cut = rng.uniform(490, 530)
    return scores[(scores < cut) | (rng.random(scores.size) < 0.25)]


def tail(rng) -> np.ndarray:
    count = rng.integers(30_000, 90_000)
    return np.clip(np.round(380 + rng.exponential(rng.uniform(20, 40), count)), 0, 600)


@pytest.mark.parametrize(("shape", "factor"), [(bell, 10), (drained, 5), (tail, 4)])
def test_better_than_even_bands(shape, factor) -> None:
    """The specification says about six times; measured 21, 7 and 5.6 (400 larger pools)."""
    linear, exponential = _errors(shape)
    assert linear > factor * exponential


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 5000), min_size=5, max_size=5),
    shares=st.lists(st.floats(0.001, 1), min_size=2, max_size=2),
)
def test_more_invitations_never_raise_the_cutoff(counts, shares) -> None:
    total = sum(counts)
    if total < 2:
        return
    pool = xr.DataArray(
        np.array(counts, dtype=float),
        {"band": ["0-300", "301-450", "451-500", "501-600", "601-1200"]},
    )
    sizes = sorted(max(1, int(share * total)) for share in shares)
    for method in ("exponential", "linear"):
        found = [predict_cutoff(pool, size, method=method) for size in sizes]
        few, many = (one.cutoff.item() for one in found)
        if np.isfinite([few, many]).all():
            assert many <= few
        for one in found:
            value = one.cutoff.item()
            assert np.isnan(value) or one.lowest.item() <= value <= one.highest.item()
