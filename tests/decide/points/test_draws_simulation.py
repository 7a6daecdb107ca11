# SPDX-License-Identifier: Apache-2.0
"""Simulated rounds: the account closes to the person, known cases come out, laws hold."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.points.draws import hold_draw, make_pool
from keruen.decide.points.draws_policy import Round, arrival_rates, rounds_every, segments
from keruen.decide.points.draws_simulation import simulate_draws

START = "2026-01-05"


def random_pool(count: int, *, seed: int = 1, top: int = 20, groups: int = 1):
    rng = np.random.default_rng(seed)
    who = {"candidate": [f"c{n}" for n in range(count)]}
    ago = (rng.random(count) * 300 * 86_400e9).astype("timedelta64[ns]")
    names = np.array(["kz", "other", "third"][:groups], dtype=object)
    return make_pool(
        xr.DataArray(rng.integers(0, top, count).astype(float), who),
        xr.DataArray(np.datetime64(START, "ns") - ago, who),
        member=xr.DataArray(
            rng.random((count, 1)) < 0.2, {**who, "category": np.array(["health"])}
        ),
        group=xr.DataArray(rng.choice(names, count), who),
    )


def none(segment: str = "all|") -> xr.DataArray:
    return xr.DataArray([[0.0]], {"segment": [segment], "score": [0.0]})


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    acceptance=st.floats(0, 1),
    withdrawal=st.floats(0, 0.5),
    size=st.integers(0, 60),
    lifetime=st.integers(1, 12),
)
def test_the_account_closes_to_the_person(seed, acceptance, withdrawal, size, lifetime) -> None:
    pool = random_pool(300, seed=seed, groups=3)
    rounds = (
        *rounds_every(size, first="2026-01-07", last="2026-04-01", days=9),
        Round("2026-02-03", minimum=15, category="health"),
        Round("2026-02-03", size=5, minimum=3),
    )
    rates = arrival_rates(pool, since="2025-11-01", until=START, trajectories=4)
    paths = simulate_draws(
        pool,
        rounds,
        arrivals=rates,
        start=START,
        weeks=16,
        seed=seed,
        trajectories=4,
        acceptance=acceptance,
        withdrawal=withdrawal,
        lifetime_weeks=lifetime,
    )
    assert int(np.abs(paths.account()).sum()) == 0
    assert int(paths.flows.min()) >= 0
    assert int(paths.start.sum()) + paths.expired_before == len(pool)
    # the same people by week and by score
    for name in ("accepted", "withdrawn", "expired"):
        by_week = paths.flows.sel(series=name).sum(["week"])
        by_score = paths.leavers.sel(series=name).sum("score")
        assert (by_week == by_score).all()
    left = paths.leavers.sel(series="left").sum("score")
    assert (left == paths.flows.sel(series="pool").isel(week=-1)).all()
    sizes = np.array([np.inf if each.size is None else each.size for each in paths.rounds])
    assert (paths.invited.sum("segment").transpose("round", "trajectory") <= sizes[:, None]).all()
    assert int(paths.waits.sum()) == int(paths.invited.sum())
    assert (paths.invited.sum("round") >= paths.flows.sel(series="accepted").sum("week")).all()


def test_without_chance_it_is_the_exact_round() -> None:
    """No arrivals, no withdrawals: cut-off and numbers are those of hold_draw, round by round."""
    pool = random_pool(500)
    rounds = rounds_every(40, first="2026-01-07", last="2026-03-01", days=14)
    paths = simulate_draws(
        pool, rounds, arrivals=none(), start=START, weeks=9, seed=1, trajectories=3
    )
    exact = pool
    for place, each in enumerate(rounds):
        # expiry is by whole weeks in the simulation: at the start of the week of the round
        draw = hold_draw(exact, held=each.held, size=each.size)
        exact = draw.after
        assert paths.cutoff.isel(round=place).values.tolist() == [draw.cutoff] * 3
        assert paths.invited.isel(round=place).sum("segment").values.tolist() == [40] * 3


def test_a_category_round_takes_only_its_members() -> None:
    pool = random_pool(400)
    member = pool.member.sel(category="health")
    paths = simulate_draws(
        pool,
        [Round("2026-01-07", minimum=0, category="health")],
        arrivals=none(),
        start=START,
        weeks=1,
        seed=1,
        trajectories=2,
    )
    assert paths.invited.sum(["segment", "round"]).values.tolist() == [int(member.sum())] * 2
    after = paths.flows.sel(series="pool").sum(["segment", "week"])
    assert after.values.tolist() == [int((~member).sum())] * 2


def test_oldest_first_at_the_cutoff() -> None:
    who = {"candidate": [f"c{n}" for n in range(60)]}
    weeks_ago = np.repeat(np.arange(6), 10)
    times = np.datetime64(START, "ns") - weeks_ago * np.timedelta64(7, "D")
    pool = make_pool(xr.DataArray(np.full(60, 70.0), who), xr.DataArray(times, who))
    paths = simulate_draws(
        pool, [Round(START, size=25)], arrivals=none(), start=START, weeks=1, seed=1, trajectories=1
    )
    waited = paths.waits.sel(score=70.0).to_numpy()
    assert waited[np.flatnonzero(waited)].tolist() == [5, 10, 10]  # half of the third oldest week
    assert paths.tie_wait.item() == np.flatnonzero(waited)[0]


def test_arrivals_follow_their_law() -> None:
    """Mean and variance of Poisson arrivals, 400 futures of 10 weeks."""
    pool = random_pool(10)
    rates = xr.DataArray([[3.0, 1.5]], {"segment": ["kz|"], "score": [5.0, 9.0]})
    paths = simulate_draws(
        pool, [Round(START, size=1)], arrivals=rates, start=START, weeks=10, seed=3,
        trajectories=400,
    )  # fmt: skip
    found = paths.flows.sel(series="arrivals").sum("segment").to_numpy()
    error = 4 * np.sqrt(4.5 / found.size)
    assert abs(found.mean() - 4.5) < error
    assert abs(found.var() - 4.5) < 4 * np.sqrt(2 * 4.5**2 / found.size + 4.5 / found.size)


def test_withdrawals_are_binomial() -> None:
    who = {"candidate": [f"c{n}" for n in range(1000)]}
    fresh = xr.DataArray(np.full(1000, np.datetime64(START, "ns")), who)
    pool = make_pool(xr.DataArray(np.arange(1000) % 7.0, who), fresh)
    paths = simulate_draws(
        pool, [Round(START, size=0)], arrivals=none(), start=START, weeks=1, seed=5,
        trajectories=400, withdrawal=0.1,
    )  # fmt: skip
    gone = paths.flows.sel(series="withdrawn").sum(["segment", "week"]).to_numpy()
    assert abs(gone.mean() - 100) < 4 * np.sqrt(90 / 400)
    assert abs(gone.var() - 90) < 4 * 90 * np.sqrt(2 / 400)


def test_all_expire_after_a_lifetime() -> None:
    pool = random_pool(200)
    paths = simulate_draws(
        pool, [Round(START, size=0)], arrivals=none(), start=START, weeks=53, seed=1, trajectories=1
    )
    assert paths.flows.sel(series="pool").isel(week=-1).sum().item() == 0
    assert paths.flows.sel(series="expired").sum().item() == 200


def test_same_seed_same_futures_and_more_leave_the_first() -> None:
    pool = random_pool(200)
    rates = arrival_rates(pool, since="2025-11-01", until=START)
    rounds = rounds_every(10, first="2026-01-07", last="2026-02-10")

    def cutoffs(trajectories: int, seed: int = 1) -> np.ndarray:
        return simulate_draws(
            pool, rounds, arrivals=rates, start=START, weeks=6, seed=seed,
            trajectories=trajectories, withdrawal=0.05,
        ).flows.transpose(..., "trajectory").to_numpy()  # fmt: skip

    np.testing.assert_array_equal(cutoffs(60), cutoffs(60))
    np.testing.assert_array_equal(cutoffs(120)[..., :50], cutoffs(60)[..., :50])
    assert (cutoffs(60, seed=2) != cutoffs(60)).any()


def test_interval_chance_and_waiting() -> None:
    pool = random_pool(600, top=50)
    rates = arrival_rates(pool, since="2025-11-01", until=START, trajectories=80)
    rounds = rounds_every(30, first="2026-01-07", last="2026-06-30")
    paths = simulate_draws(
        pool, rounds, arrivals=rates, start=START, weeks=26, seed=1, trajectories=80
    )
    cut = paths.cutoffs().transpose("round", "quantile").to_numpy()
    assert (np.diff(cut, axis=1) >= 0).all()
    assert cut[-1, 2] > cut[-1, 0]
    chance = paths.chance([10, 30, 60]).transpose("score", "round").to_numpy()
    assert (np.diff(chance, axis=0) >= 0).all()
    assert (np.diff(chance, axis=1) >= 0).all()
    assert chance[2, 0] == 1.0
    table = paths.waiting()
    ends = table[["accepted", "withdrawn", "expired", "left"]].sum(axis=1)
    np.testing.assert_allclose(ends, 1.0)


def test_rates_of_a_pool() -> None:
    pool = random_pool(300, groups=2)
    rates = arrival_rates(pool, since="2025-12-08", until=START)
    counted = int(
        (
            (pool.submitted >= np.datetime64("2025-12-08"))
            & (pool.submitted < np.datetime64(START))
        ).sum()
    )
    assert rates.sum().item() == pytest.approx(counted / 4)
    drawn = arrival_rates(pool, since="2025-12-08", until=START, trajectories=2000)
    total = drawn.sum(["segment", "score"])
    assert total.mean().item() == pytest.approx(counted / 4, rel=0.02)
    assert total.var().item() == pytest.approx(counted / 16, rel=0.15)
    assert set(np.unique(segments(pool).values)) == {"kz|", "kz|health", "other|", "other|health"}


def test_bad_settings_all_at_once() -> None:
    pool = random_pool(10)
    with pytest.raises(FaultsError) as found:
        simulate_draws(
            pool, [Round(START, size=1)], arrivals=none(), start=START, weeks=0, seed=1,
            trajectories=1, lifetime_weeks=0, acceptance=2, withdrawal=-1,
        )  # fmt: skip
    assert len(found.value.faults) == 4
    with pytest.raises(SchemaError):
        simulate_draws(
            pool, [Round(START, size=1)], arrivals=none(), start=START, weeks=1, seed=1,
            trajectories=0,
        )  # fmt: skip
    with pytest.raises(CoverageError):
        simulate_draws(
            pool, [Round(START, size=1)], arrivals=none(), start=START, weeks=1, seed=1,
            trajectories=3, acceptance=xr.DataArray([0.5, 0.5], {"trajectory": [0, 1]}),
        )  # fmt: skip
    with pytest.raises(FaultsError) as found:
        simulate_draws(
            pool,
            [Round("2027-01-01", size=1), Round(START), Round(START, size=1, category="x")],
            arrivals=none(), start=START, weeks=2, seed=1,
        )  # fmt: skip
    assert [one.id for one in found.value.faults] == ["BadDate", "BadSetting", "UnknownCategory"]
    with pytest.raises(SchemaError):
        simulate_draws(
            pool, [Round(START, size=1)], arrivals=-1 - none(), start=START, weeks=2, seed=1
        )
    with pytest.raises(CoverageError):
        simulate_draws(
            pool, [Round(START, size=1)], arrivals=none("kz|law"), start=START, weeks=2, seed=1
        )
    with pytest.raises(CoverageError) as none_came:
        arrival_rates(pool, since="2027-01-01", until="2027-02-01")
    assert none_came.value.id == "NoArrivals"


def test_a_tiny_chance_ends() -> None:
    paths = simulate_draws(
        random_pool(50), [Round(START, size=1)], arrivals=none(), start=START, weeks=2, seed=1,
        trajectories=1, withdrawal=1e-300, acceptance=1e-18,
    )  # fmt: skip
    assert paths.flows.sel(series=["accepted", "withdrawn"]).sum().item() == 0


def test_a_chance_of_each_future() -> None:
    """Half of the futures withdraw with 0.02 a week, half with 0.2: each keeps its own law."""
    who = {"candidate": [f"c{n}" for n in range(1000)]}
    fresh = xr.DataArray(np.full(1000, np.datetime64(START, "ns")), who)
    pool = make_pool(xr.DataArray(np.arange(1000) % 7.0, who), fresh)
    chance = np.where(np.arange(400) % 2 == 0, 0.02, 0.2)
    paths = simulate_draws(
        pool, [Round(START, size=100)], arrivals=none(), start=START, weeks=1, seed=5,
        trajectories=400, withdrawal=xr.DataArray(chance, {"trajectory": np.arange(400)}),
        acceptance=xr.DataArray((chance > 0.1) * 1.0, {"trajectory": np.arange(400)}),
    )  # fmt: skip
    flows = paths.flows.sum(["segment", "week"])
    gone = flows.sel(series="withdrawn").to_numpy()
    for share in (0.02, 0.2):
        mean, spread = 1000 * share, 1000 * share * (1 - share)
        assert abs(gone[chance == share].mean() - mean) < 4 * np.sqrt(spread / 200)
        assert abs(gone[chance == share].var() - spread) < 4 * spread * np.sqrt(2 / 200)
    accepted = flows.sel(series="accepted").to_numpy()
    assert (accepted[chance > 0.1] == 100).all()
    assert (accepted[chance < 0.1] == 0).all()
    assert int(np.abs(paths.account()).sum()) == 0


def by_persons(pool, means, *, futures: int, weeks: int, size: int, withdrawal: float):
    """The same rules for a list of people: cut-offs and the pool at the end of each future."""
    rng = np.random.default_rng(11)
    ago = (
        (np.datetime64(START, "ns") - pool.submitted.to_numpy()) / np.timedelta64(7, "D")
    ).astype(int)
    start = list(zip(pool.score.to_numpy().tolist(), (-ago).tolist(), strict=True))
    cuts, left = [], []
    for _ in range(futures):
        queue, cut = list(start), []
        for week in range(1, weeks + 1):
            queue = [one for one in queue if rng.random() >= withdrawal]
            for score, mean in means.items():
                queue += [(score, week)] * rng.poisson(mean)
            queue.sort(key=lambda one: (-one[0], one[1]))
            cut.append(queue[size - 1][0])
            queue = queue[size:]
        cuts.append(cut)
        left.append(len(queue))
    return np.array(cuts), np.array(left)


def test_counts_agree_with_a_loop_over_persons() -> None:
    """Cut-offs and pools of 200 futures by both ways, within four standard errors."""
    pool = random_pool(300, top=60)
    means = {40.0: 2.0, 50.0: 3.0, 59.0: 1.5}
    weeks, size, withdrawal = 8, 12, 0.03
    rates = xr.DataArray([list(means.values())], {"segment": ["kz|"], "score": list(means)})
    rounds = [Round(str(np.datetime64(START) + 7 * week), size=size) for week in range(weeks)]
    paths = simulate_draws(
        pool, rounds, arrivals=rates, start=START, weeks=weeks, seed=2, trajectories=200,
        withdrawal=withdrawal,
    )  # fmt: skip
    cuts, left = by_persons(pool, means, futures=200, weeks=weeks, size=size, withdrawal=withdrawal)
    own = paths.cutoff.transpose("trajectory", "round").to_numpy()
    error = np.sqrt((own.var(axis=0) + cuts.var(axis=0)) / 200)
    assert (np.abs(own.mean(axis=0) - cuts.mean(axis=0)) <= 4 * error + 0.05).all()
    after = paths.flows.sel(series="pool").isel(week=-1).sum("segment").to_numpy()
    spread = np.sqrt((after.var() + left.var()) / 200)
    assert abs(after.mean() - left.mean()) < 4 * spread
    assert after.std() == pytest.approx(left.std(), rel=0.25)
