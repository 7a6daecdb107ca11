# SPDX-License-Identifier: Apache-2.0
"""Model age schedules: the curve, its fit against published and computed figures, recovery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import approx_fprime, least_squares

import keruen
from keruen.core.tables import from_table
from keruen.measure import _rogers_castro as rc
from keruen.measure.schedules import (
    choose_rogers_castro,
    fit_rogers_castro,
    labour_indices,
    peak_indices,
    rogers_castro_schedule,
)

REFERENCE = Path(__file__).parents[1] / "reference"
CHILD = {"a1": 0.02, "alpha1": 0.1, "c": 0.003}
LABOUR = {"a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4}
FUNDAMENTAL = CHILD | LABOUR
RETIREMENT = {"a3": 0.012, "alpha3": 0.25, "mu3": 64.0, "lambda3": 0.5}
OLD_AGE = {"a4": 0.0006, "lambda4": 0.035}
MODELS = {
    7: FUNDAMENTAL,
    9: FUNDAMENTAL | OLD_AGE,
    11: FUNDAMENTAL | RETIREMENT,
    13: FUNDAMENTAL | RETIREMENT | OLD_AGE,
}


def stress(name: str) -> tuple[xr.DataArray, xr.DataArray, pd.DataFrame]:
    table = pd.read_csv(REFERENCE / f"schedules_{name}.csv")
    ages = {"age": table["age"].to_numpy()}
    migrants = xr.DataArray(table["migrants"].to_numpy(float), coords=ages, name="migrants")
    people = xr.DataArray(table["population"].to_numpy(float), coords=ages, name="population")
    return migrants, people, table


def deviance(migrants: np.ndarray, expected: np.ndarray) -> float:
    return float(2 * (migrants * np.log(migrants / expected) - (migrants - expected)).sum())


def expected_migrants(
    model: dict[str, float], population: float, ages: int = 91
) -> tuple[xr.DataArray, xr.DataArray]:
    rates = rogers_castro_schedule(range(ages), model).drop_attrs()
    people = xr.full_like(rates, population).rename("population")
    return (people * rates).rename("migrants"), people


# --- the curve --------------------------------------------------------------------------


def test_fundamental_schedule() -> None:
    rates = rogers_castro_schedule(range(101), FUNDAMENTAL)
    assert rates.sel(age=0).item() == pytest.approx(0.0230, abs=5e-7)
    assert rates.idxmax("age").item() == 23
    assert rates.sel(age=23).item() == pytest.approx(0.037895, abs=5e-7)
    assert rates.sum().item() == pytest.approx(1.05681, abs=5e-6)


def test_curve_is_the_printed_formula() -> None:
    p = MODELS[13]
    x = np.array([0.0, 1, 17, 23, 40, 64, 66, 90])
    by_hand = (
        p["a1"] * np.exp(-p["alpha1"] * x)
        + p["a2"] * np.exp(-p["alpha2"] * (x - 20) - np.exp(-p["lambda2"] * (x - 20)))
        + p["a3"] * np.exp(-p["alpha3"] * (x - 64) - np.exp(-p["lambda3"] * (x - 64)))
        + p["a4"] * np.exp(p["lambda4"] * x)
        + p["c"]
    )
    assert rogers_castro_schedule(x, p).values == pytest.approx(by_hand, rel=1e-14)


def test_labour_peak_is_not_at_mu2() -> None:
    ages = np.arange(15, 35, 0.001)
    labour = {name: FUNDAMENTAL[name] for name in ("a2", "alpha2", "mu2", "lambda2")}
    top = rogers_castro_schedule(ages, labour).idxmax("age").item()
    found = labour_indices(FUNDAMENTAL).labour_peak_age.item()
    assert top == pytest.approx(found, abs=0.001)
    assert found == pytest.approx(20 + np.log(4) / 0.4)


def test_group_rate_is_the_mean_of_its_years() -> None:
    single = rogers_castro_schedule(range(90), MODELS[13])
    groups = rogers_castro_schedule(range(0, 90, 5), MODELS[13], width=5)
    assert groups.values == pytest.approx(single.values.reshape(-1, 5).mean(axis=1), rel=1e-13)
    assert groups.attrs["age_width"] == 5


def test_model_schedules_of_the_united_nations() -> None:
    table = keruen.load_table("un.model_schedules")
    table = table[table["set"].str.startswith("UN")]
    parameters = from_table(
        table[["short", "sex", "parameter", "value"]],
        value="value",
        dims=["short", "sex", "parameter"],
    )
    rates = rogers_castro_schedule(range(101), parameters)
    assert rates.sizes == {"short": 6, "sex": 2, "age": 101}
    one = table[(table["short"] == "ws") & (table["sex"] == "M")]
    alone = rogers_castro_schedule(
        range(101), dict(zip(one["parameter"], one["value"], strict=True))
    )
    assert rates.sel(short="ws", sex="M").values == pytest.approx(alone.values, rel=1e-14)
    # Low and high dependency are named for child against labour moves.
    child = labour_indices(parameters).child_dependency
    assert (child.sel(short="ld") < child.sel(short="ws")).all()
    assert (child.sel(short="hd") > child.sel(short="ws")).all()
    peaks = peak_indices(rates).peak_age
    assert (peaks.sel(short="ylfe") < peaks.sel(short="ws")).all()
    assert (peaks.sel(short="olfe") > peaks.sel(short="ws")).all()


def test_absent_and_missing_terms() -> None:
    both = xr.DataArray(
        np.nan,
        coords={"region": ["A", "B", "C"], "parameter": list(MODELS[11])},
        dims=["region", "parameter"],
    )
    both.loc[{"region": "A"}] = list(MODELS[11].values())
    both.loc[{"region": "B", "parameter": list(FUNDAMENTAL)}] = list(FUNDAMENTAL.values())
    rates = rogers_castro_schedule(range(80), both)
    alone = rogers_castro_schedule(range(80), FUNDAMENTAL)
    assert rates.sel(region="B").values == pytest.approx(alone.values)
    assert rates.sel(region="C").isnull().all()


def test_extreme_ages_do_not_overflow() -> None:
    steep = FUNDAMENTAL | {"mu2": 35.0, "lambda2": 30.0}
    rates = rogers_castro_schedule([0, 150], steep)
    assert np.isfinite(rates).all()


@pytest.mark.parametrize("components", [7, 9, 11, 13])
def test_slopes_of_terms_are_derivatives(components: int) -> None:
    form = rc.form_of(components)
    ages = rc.Ages.of(np.arange(0, 90, 5), np.full(18, 5))
    at = np.array([MODELS[13][name] for name in form.shapes])
    _, slopes = rc.terms_and_slopes(at[None], form, ages)
    for place, own in enumerate(form.owner):
        numeric = approx_fprime(at, lambda s, k=own: rc.terms(s[None], form, ages)[0, k], 1e-7)
        assert slopes[0, place] == pytest.approx(numeric[:, place], rel=1e-4, abs=1e-5)


# --- published stress tests -------------------------------------------------------------


def test_published_medians_have_the_published_deviances() -> None:
    _, _, table = stress("13_parameters")
    migrants, population = table["migrants"].to_numpy(float), table["population"].to_numpy(float)
    failed = deviance(migrants, population * table["median_failed"].to_numpy())
    tuned = deviance(migrants, population * table["median_tuned"].to_numpy())
    assert (failed, tuned) == pytest.approx((70.58, 66.24), abs=0.005)


def test_thirteen_parameters_where_a_sampler_failed() -> None:
    migrants, population, _ = stress("13_parameters")
    fit = fit_rogers_castro(migrants, population, components=13)
    assert fit.deviance.item() == pytest.approx(63.67, abs=0.005)
    recomputed = deviance(migrants.values, population.values * fit.fitted.values)
    assert fit.deviance.item() == pytest.approx(recomputed, rel=1e-9)
    assert not fit.at_limit.any()
    assert fit.flags()[["parameter", "other_parameter"]].values.tolist() == [["a4", "lambda4"]]


def test_eleven_parameters_of_a_place_to_retire() -> None:
    migrants, population, _ = stress("florida_like")
    fit = fit_rogers_castro(migrants, population, components=11)
    assert fit.deviance.item() <= 7.60  # published 8.62
    assert fit.deviance.item() == pytest.approx(7.562115, abs=5e-6)
    held = fit.flags().query("flag == 'at a limit'")
    assert held["parameter"].tolist() == ["mu3"]


def plain_curve(names: list[str], values: np.ndarray, x: np.ndarray) -> np.ndarray:
    p = dict.fromkeys(rc.PARAMETERS, 0.0) | dict(zip(names, values, strict=True))

    def peak(k: int) -> np.ndarray:
        u = x - p[f"mu{k}"]
        return p[f"a{k}"] * np.exp(-p[f"alpha{k}"] * u - np.exp(-p[f"lambda{k}"] * u))

    child, old = np.exp(-p["alpha1"] * x), np.exp(p["lambda4"] * x)
    return p["a1"] * child + peak(2) + peak(3) + p["a4"] * old + p["c"]


@pytest.mark.parametrize(("name", "components"), [("13_parameters", 13), ("florida_like", 11)])
def test_an_independent_optimiser_finds_nothing_better(name: str, components: int) -> None:
    """A trust-region search over all parameters at once, from 20 places around the fit."""
    _, _, table = stress(name)
    x, y, people = (table[c].to_numpy(float) for c in ("age", "migrants", "population"))
    fit = fit_rogers_castro(*stress(name)[:2], components=components)
    names = [str(n) for n in fit.parameters.parameter.values]
    limits = np.array([rc.BOUNDS.get(n, (1e-9, 1.0)) for n in names]).T
    rng = np.random.default_rng(3)

    def residuals(values: np.ndarray) -> np.ndarray:
        mu = people * plain_curve(names, values, x)
        parts = y * np.log(y / mu) - (y - mu)
        return np.sign(y - mu) * np.sqrt(2 * np.maximum(parts, 0))

    found = []
    for _ in range(20):
        start = fit.parameters.values * rng.uniform(0.8, 1.25, len(names))
        start = np.clip(start, limits[0] + 1e-6, limits[1] - 1e-6)
        result = least_squares(residuals, start, bounds=limits, x_scale=np.abs(start), max_nfev=80)
        found.append(2 * result.cost)
    assert (residuals(fit.parameters.values) ** 2).sum() == pytest.approx(fit.deviance.item())
    assert fit.deviance.item() < min(found) + 1e-6
    assert min(found) < fit.deviance.item() + 0.05  # the search does come near


# --- recovery ---------------------------------------------------------------------------


@pytest.mark.parametrize("components", [7, 9, 11, 13])
def test_exact_data_give_back_the_parameters(components: int) -> None:
    migrants, population = expected_migrants(MODELS[components], 1e6)
    fit = fit_rogers_castro(migrants, population, components=components)
    truth = [MODELS[components][n] for n in fit.parameters.parameter.values]
    assert fit.deviance.item() < 1e-8
    assert fit.parameters.values == pytest.approx(truth, rel=1e-4)


@pytest.mark.parametrize("components", [7, 13])
def test_exact_rates_give_back_the_parameters(components: int) -> None:
    rates = rogers_castro_schedule(range(91), MODELS[components])
    fit = fit_rogers_castro(rates, components=components)
    truth = [MODELS[components][n] for n in fit.parameters.parameter.values]
    assert fit.parameters.values == pytest.approx(truth, rel=1e-4)


def test_age_groups_give_back_the_parameters_and_midpoints_would_not() -> None:
    rates = rogers_castro_schedule(range(0, 90, 5), FUNDAMENTAL, width=5)
    population = xr.full_like(rates, 1e6).drop_attrs().rename("population")
    migrants = (rates.drop_attrs() * population).rename("migrants")
    fit = fit_rogers_castro(migrants, population)
    truth = [FUNDAMENTAL[n] for n in fit.parameters.parameter.values]
    assert fit.parameters.values == pytest.approx(truth, rel=1e-4)
    single = rogers_castro_schedule(range(90), FUNDAMENTAL)
    assert fit.schedule(range(90)).values == pytest.approx(single.values, rel=1e-4)
    midpoints = migrants.assign_coords(age=migrants.age + 2).assign_attrs(age_width=1)
    naive = fit_rogers_castro(
        midpoints, population.assign_coords(age=population.age + 2), components=7
    )
    assert abs(naive.schedule(range(90)).values - single.values).max() > 0.001


def test_abridged_ages_take_their_widths_from_the_labels() -> None:
    single, people = expected_migrants(FUNDAMENTAL, 1e5, ages=85)
    lower = np.array([0, 1, *range(5, 85, 5)])
    cut = np.searchsorted(lower, single.age.values, side="right") - 1
    migrants = xr.DataArray(np.bincount(cut, single.values), coords={"age": lower})
    population = xr.DataArray(np.bincount(cut, people.values), coords={"age": lower})
    fit = fit_rogers_castro(migrants, population)
    assert fit.parameters.sel(parameter="mu2").item() == pytest.approx(20, rel=1e-4)


def test_fits_from_samples_centre_on_the_truth_and_intervals_cover_it() -> None:
    """400 samples; 95% intervals at 91 ages.

    The dispersion counts as 1 when it is estimated below, in every other sample; so the
    intervals are on average 6% wider than they need be, and cover 96%.
    """
    rng = np.random.default_rng(11)
    migrants, population = expected_migrants(FUNDAMENTAL, 20_000)
    many = migrants.expand_dims(trajectory=range(400)).copy()
    many[:] = rng.poisson(np.broadcast_to(migrants, many.shape))
    fit = fit_rogers_castro(many, population)
    truth = migrants / population
    covered = ((fit.lower <= truth) & (truth <= fit.upper)).mean("trajectory")
    assert covered.min() > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 400)
    assert 0.95 < covered.mean().item() < 0.97
    spread = fit.parameters.std("trajectory")
    told = xr.DataArray(
        np.sqrt(
            [
                fit.covariance.sel(parameter=n, other_parameter=n).mean()
                for n in fit.parameters.parameter.values
            ]
        ),
        coords={"parameter": fit.parameters.parameter},
    )
    assert told.values == pytest.approx(spread.values, rel=0.15)
    bias = fit.parameters.mean("trajectory").values / [
        FUNDAMENTAL[n] for n in fit.parameters.parameter.values
    ]
    assert bias == pytest.approx(1, abs=0.02)


def test_dispersion_of_families_is_found() -> None:
    """Moves in families of three: Pearson's statistic is three times that of single moves."""
    rng = np.random.default_rng(5)
    migrants, population = expected_migrants(FUNDAMENTAL, 200_000)
    families = migrants.copy(data=3.0 * rng.poisson(migrants / 3))
    fit = fit_rogers_castro(families, population)
    # Chi-squared on 84 degrees of freedom: standard deviation of the ratio 0.15.
    assert fit.dispersion.item() == pytest.approx(3, abs=3 * 4 * 0.155)


# --- many schedules ---------------------------------------------------------------------


def test_a_batch_gives_what_each_gives_alone() -> None:
    moved = keruen.load("ipums.migrants_by_age.migrants").sel(age=slice(5, None))
    people = keruen.load("ipums.migrants_by_age.population").sel(age=slice(5, None))
    pairs = {"BRA": 2000, "FRA": 2006}
    alone = {}
    for country, year in pairs.items():
        cell = {"country": country, "year": year}
        alone[country] = fit_rogers_castro(moved.sel(cell), people.sel(cell), components=11)
    both = [
        xr.concat([a.sel(country=[c], year=y, drop=True) for c, y in pairs.items()], "country")
        for a in (moved, people)
    ]
    batch = fit_rogers_castro(*both, components=11)
    for country, fit in alone.items():
        assert batch.deviance.sel(country=country).item() == pytest.approx(fit.deviance.item())
        assert batch.fitted.sel(country=country).values == pytest.approx(
            fit.fitted.values, rel=1e-9
        )


def test_population_may_lack_dimensions_of_the_migrants() -> None:
    migrants, population = expected_migrants(FUNDAMENTAL, 1e5)
    by_sex = xr.concat([migrants, migrants * 2], xr.Variable("sex", ["F", "M"]))
    fit = fit_rogers_castro(by_sex, population)
    assert fit.parameters.dims == ("parameter", "sex")
    assert fit.fitted.dims == ("sex", "age")
    assert fit.parameters.sel(parameter="mu2").values == pytest.approx([20, 20])
    assert fit.parameters.sel(parameter="a2").values == pytest.approx([0.06, 0.12])


def test_runs_agree_to_the_last_bit() -> None:
    migrants, population, _ = stress("13_parameters")
    one, two = (fit_rogers_castro(migrants, population, components=13) for _ in range(2))
    assert (one.parameters == two.parameters).all()
    assert (one.covariance == two.covariance).all()


def test_result_in_tables() -> None:
    migrants, population, _ = stress("13_parameters")
    fit = fit_rogers_castro(migrants, population, components=13)
    table = fit.to_table()
    assert list(table.columns) == ["age", "observed", "fitted", "lower", "upper"]
    assert table["observed"].to_numpy() == pytest.approx((migrants / population).values)
    assert (table["lower"] < table["fitted"]).all()
    assert (table["fitted"] < table["upper"]).all()
    correlation = fit.correlation()
    assert np.diag(correlation.values) == pytest.approx(1)
    assert fit.fitted.attrs["kind"] == "rate"


# --- choice -----------------------------------------------------------------------------


def test_choice_of_components_on_the_stress_sets() -> None:
    for name, wanted in (("13_parameters", 13), ("florida_like", 11)):
        migrants, population, _ = stress(name)
        choice = choose_rogers_castro(migrants, population)
        assert choice.best.item() == wanted
        falling = choice.deviance.sel(components=[7, 11, 13]).values
        assert (np.diff(falling) < 1e-6).all()


def test_criterion_by_hand() -> None:
    migrants, population, _ = stress("florida_like")
    choice = choose_rogers_castro(migrants, population)
    phi = choice.fits[13].dispersion.item()
    for p in (7, 9, 11, 13):
        by_hand = choice.fits[p].deviance.item() / phi + p * np.log(81)
        assert choice.bic.sel(components=p).item() == pytest.approx(by_hand)
    assert set(choice.to_table()["components"]) == {7, 9, 11, 13}


def test_choice_leaves_out_what_the_data_cannot_tell() -> None:
    migrants, population = expected_migrants(FUNDAMENTAL, 1e5, ages=45)
    assert list(choose_rogers_castro(migrants, population).fits) == [7]
