# SPDX-License-Identifier: Apache-2.0
"""Towns ahead: the published arithmetic, what the United Nations got, identities, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen import load
from keruen.core.errors import (
    CoverageError,
    FaultsError,
    InfeasibleError,
    SchemaError,
    UnitsError,
)
from keruen.measure.urban_growth import urban_growth
from keruen.project.cities import project_cities
from keruen.project.urban import UrbanNorm, urban_norm, urban_share
from keruen.project.urban_components import project_urban_components
from keruen.project.urban_record import urban_errors, urban_intervals, urban_scores

BOTH = ["urban", "rural"]
FLAT = UrbanNorm(0.010, 0.0, (0.0, 0.0), 10.0, 1.0, 0, 0, 0, 0)


def towns(values: list[list[float]], years: list[int], **attrs: str) -> xr.DataArray:
    coords = {"year": years, "residence": BOTH}
    return xr.DataArray(np.array(values, dtype=float), coords=coords, attrs=attrs)


@pytest.fixture(scope="module")
def known() -> xr.DataArray:
    """Estimates of World Urbanization Prospects 2018 to 2015; areas without a town left out."""
    people = load("wup2018.population")
    past = people.sel(year=people["year"] < people.attrs["projected_from"])
    return past.dropna("country", how="any").transpose("country", "year", "residence")


# The worked example of the method: U/R 10.0/8.0 -> 11.5/8.1 in five years.
EXAMPLE = towns([[10.0, 8.0], [11.5, 8.1]], [2010, 2015])


def test_worked_difference_and_share():
    ahead = urban_share(EXAMPLE, years=[2020, 2025, 2040], rule="constant")
    assert ahead.difference.item() == pytest.approx(0.0254679, abs=5e-8)
    assert pytest.approx(0.58673, abs=5e-6) == 11.5 / 19.6
    urban = ahead.share.sel(residence="urban").to_numpy()
    np.testing.assert_allclose(urban, [0.61723, 0.64684, 0.72853], atol=5e-6)


def test_worked_convergence_to_a_norm():
    ahead = urban_share(EXAMPLE, years=range(2020, 2045, 5), norm=FLAT)
    urban = ahead.share.sel(residence="urban").to_numpy()
    d, odds = ahead.difference.item(), np.log(11.5 / 8.1)
    by_hand = []
    for weight in (0.9, 0.7, 0.5, 0.3, 0.1):  # means of 1, .8, .6, .4, .2, 0
        odds += 5 * (weight * d + (1 - weight) * 0.010)
        by_hand.append(1 / (1 + np.exp(-odds)))
    np.testing.assert_allclose(urban, by_hand, rtol=1e-12)
    # as printed in the specification, whose fifth digit this arithmetic does not give
    np.testing.assert_allclose(urban, [0.61537, 0.63971, 0.65988, 0.67612, 0.68863], atol=4e-5)


def test_after_the_convergence_only_the_norm_counts():
    odds = _odds(urban_share(EXAMPLE, years=[2040, 2050], norm=FLAT).share)
    assert odds[1] - odds[0] == pytest.approx(0.010 * 10, rel=1e-12)


def test_a_difference_that_fades_by_hand():
    # half-life 10 years: after 10 years the integral is d * 10 / ln 2 * (1 - 1/2)
    found = urban_share(EXAMPLE, years=[2025], rule="none", norm=FLAT)
    d = found.difference.item()
    assert _odds(found.share)[0] == pytest.approx(
        np.log(11.5 / 8.1) + d * 10 / np.log(2) / 2, rel=1e-12
    )


def test_a_curved_norm_stops_below_its_ceiling():
    bent = UrbanNorm(0.0, 0.0, (0.05, 0.0), 10.0, 0.8, 0, 0, 0, 0)
    ahead = urban_share(EXAMPLE, years=[2030, 2100, 2900], rule="polynomial", norm=bent)
    share = ahead.share.sel(residence="urban").to_numpy()
    assert share[0] < share[1] < share[2] < 0.8
    assert share[2] == pytest.approx(0.8, abs=1e-3)
    # a small step solves the same equation: dPU = PU (1 - PU) d dt
    odds, d = np.log(11.5 / 8.1), ahead.difference.item()
    for k in range(15_000):
        w, now = max(0.0, 1 - k / 1000 / 25), 1 / (1 + np.exp(-odds))
        odds += (w * d + (1 - w) * 0.05 * (1 - now / 0.8)) / 1000
    assert share[0] == pytest.approx(1 / (1 + np.exp(-odds)), abs=2e-5)


def _odds(share: xr.DataArray) -> np.ndarray:
    return np.log(share.sel(residence="urban") / share.sel(residence="rural")).to_numpy()


# --- World Urbanization Prospects 2018 --------------------------------------------------


def test_nine_in_ten_countries_within_a_point_in_2030(known):
    """Inputs are the estimates of 1950 to 2015; the publisher's 2020 to 2050 go into nothing."""
    assert int(known["year"].max()) == 2015
    ahead = urban_share(known, years=[2020, 2030, 2050])
    published = load("wup2018.urban_share").sel(country=known["country"])
    gap = abs(100 * ahead.share.sel(residence="urban", drop=True) - published)
    within = (gap.sel(year=[2020, 2030, 2050]) <= 1).sum("country").to_numpy()
    assert known.sizes["country"] == 230
    assert len(ahead.held) == 12  # share exactly 0 or 1
    assert list(within) == [224, 207, 146]  # of 230; two areas without a town come on top
    assert within[1] + 2 >= 0.9 * 232
    assert float(gap.sel(year=2030).median()) == pytest.approx(0.23, abs=0.01)


def test_nothing_of_the_future_enters(known):
    whole = load("wup2018.population").sel(country=known["country"])
    changed = xr.concat([known, 3 * whole.sel(year=[2020])], "year").sel(year=known["year"])
    a, b = (urban_share(x, years=[2030]).share for x in (known, changed))
    np.testing.assert_array_equal(a, b)


def test_the_slope_of_the_norm_is_negative(known):
    """The sign that the United Nations publish; one interval alone would not give it."""
    norm = urban_norm(known)
    assert norm.beta == pytest.approx(-0.0168, abs=5e-5)
    assert norm.alpha == pytest.approx(0.0331, abs=5e-5)
    assert (norm.countries, norm.intervals, norm.first, norm.last) == (146, 1890, 1950, 2015)
    assert urban_norm(known.sel(year=[2010, 2015])).beta > 0


def test_backtest_from_2000_to_2015(known):
    found = urban_scores(known, origins=[2000]).set_index(["rule", "horizon"])
    assert found.loc[("un", 15), "mae"] == pytest.approx(2.47, abs=0.01)
    assert found.loc[("held", 15), "mae"] == pytest.approx(4.91, abs=0.01)
    for horizon in (5, 10, 15):
        best = found.xs(horizon, level="horizon")["mae"]
        assert best["un"] < best["constant"] < best["held"]


def test_intervals_hold_what_came(known):
    """Errors known in 2000 alone, laid around the projection from 2000."""
    past = known.sel(year=slice(None, 2000))
    ahead = urban_share(past, years=[2005, 2010, 2015])
    bounds = urban_intervals(ahead, urban_errors(past))
    came = (known.sel(residence="urban") / known.sum("residence")).sel(year=ahead.share["year"])
    for low, high, least, most in ((0.1, 0.9, 0.75, 0.90), (0.025, 0.975, 0.92, 0.98)):
        lower, upper = bounds.sel(quantile=low), bounds.sel(quantile=high)
        inside = ((came >= lower) & (came <= upper)).where(lower.notnull())
        assert least < float(inside.mean()) < most


def test_intervals_end_where_the_test_ends(known):
    ahead = urban_share(known, years=[2020, 2060, 2080])
    bounds = urban_intervals(ahead, urban_errors(known))
    assert bool(bounds.sel(country="KAZ", year=2060).notnull().all())
    assert bool(bounds.sel(country="KAZ", year=2080).isnull().all())
    assert bool(bounds.sel(country="SGP").isnull().all())


# --- identities and properties ----------------------------------------------------------


def test_urban_and_rural_add_to_the_total(known):
    years = [2025, 2040]
    totals = load("wpp2024.population", year=years).sum(["sex", "age"])
    part = known.sel(country=[c for c in known["country"].values if c in totals["country"]])
    ahead = urban_share(part, years=years, totals=totals.sel(country=part["country"]))
    gap = ahead.population.sum("residence") - totals.sel(country=part["country"])
    assert float(abs(gap).max()) < 1e-6
    np.testing.assert_allclose(ahead.share.sum("residence"), 1, atol=1e-15)


people = st.floats(1e3, 1e8)


@settings(max_examples=60, deadline=None)
@given(st.tuples(people, people, people, people), st.floats(1e-3, 1e3), st.booleans())
def test_shares_stay_shares_and_units_do_not_matter(cells, k, to_norm):
    u0, r0, u1, r1 = cells
    rule = "un" if to_norm else "constant"
    one = towns([[u0, r0], [u1, r1]], [2010, 2015])
    ahead = urban_share(one, years=[2020, 2060], rule=rule, norm=FLAT)
    share = ahead.share.to_numpy()
    assert ((share >= 0) & (share <= 1)).all()
    other = urban_share(k * one, years=[2020, 2060], rule=rule, norm=FLAT)
    np.testing.assert_allclose(other.share, share, rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(people, people, people, people)
def test_towns_and_villages_change_places(u0, r0, u1, r1):
    """With a constant difference, swapping the labels swaps the shares."""
    there = towns([[u0, r0], [u1, r1]], [2010, 2015])
    back = towns([[r0, u0], [r1, u1]], [2010, 2015])
    a, b = (urban_share(x, years=[2030], rule="constant").share.to_numpy() for x in (there, back))
    np.testing.assert_allclose(a, b[:, ::-1], atol=1e-12)


def test_a_place_all_urban_is_kept_and_said():
    ahead = urban_share(towns([[5.0, 0.0], [6.0, 0.0]], [2010, 2015]), years=[2050], norm=FLAT)
    assert ahead.share.sel(residence="urban").item() == 1.0
    assert ahead.held["reason"].tolist() == ["there is no village"]
    assert np.isnan(ahead.difference.item())


# --- components --------------------------------------------------------------------------


def _rates(pair: tuple[float, float], years: list[int]) -> xr.DataArray:
    return xr.DataArray([pair] * len(years), coords={"year": years, "residence": BOTH})


def test_components_by_hand_and_split_without_residual():
    years = [2020, 2021]
    ahead = project_urban_components(
        xr.DataArray([100.0, 200.0], coords={"residence": BOTH}),
        years=years,
        natural=_rates((0.01, 0.02), years),
        leaving=_rates((0.05, 0.1), years),
        international=_rates((3.0, -1.0), years),
        reclassified=xr.DataArray([7.0, 0.0], coords={"year": years}),
    )
    # 100 + 1 - 5 + 20 + 3 + 7 = 126; 200 + 4 - 20 + 5 - 1 - 7 = 181
    assert ahead.population.sel(year=2021).values.tolist() == [126.0, 181.0]
    # 126 + 1.26 - 6.3 + 18.1 + 3; 181 + 3.62 - 18.1 + 6.3 - 1
    np.testing.assert_allclose(ahead.population.sel(year=2022), [142.06, 171.82], rtol=1e-12)
    urban = ahead.population.sel(residence="urban", drop=True)
    moves = ahead.moves
    into = moves.sel(origin="rural", destination="urban", drop=True)
    out = moves.sel(origin="urban", destination="rural", drop=True)
    split = urban_growth(
        urban.isel(year=slice(None, -1)),
        urban.isel(year=slice(1, None)).assign_coords(year=years),
        natural_increase=ahead.natural.sel(residence="urban", drop=True),
        net_internal=into - out,
        net_external=ahead.international.sel(residence="urban", drop=True),
        reclassified=ahead.reclassified,
    )
    assert float(abs(split.parts.sel(component="residual")).max()) < 1e-9


def test_components_refuse_bad_flows():
    given_ = {
        "natural": _rates((0.01, 0.02), [2020]),
        "leaving": _rates((0.05, 0.1), [2020]),
        "international": _rates((0.0, 0.0), [2020]),
        "reclassified": xr.DataArray([0.0], coords={"year": [2020]}),
    }
    base = xr.DataArray([100.0, 200.0], coords={"residence": BOTH})
    with pytest.raises(CoverageError, match="'natural' lacks 2021"):
        project_urban_components(base, years=[2020, 2021], **given_)
    with pytest.raises(CoverageError, match="do not follow"):
        project_urban_components(base, years=[2020, 2022], **given_)
    with pytest.raises(SchemaError, match="outside 0 to 1"):
        bad = given_ | {"leaving": _rates((1.5, 0.1), [2020])}
        project_urban_components(base, years=[2020], **bad)
    with pytest.raises(SchemaError, match="negative or missing"):
        project_urban_components(-base, years=[2020], **given_)
    with pytest.raises(InfeasibleError, match="falls to"):
        bad = given_ | {"international": _rates((-500.0, 0.0), [2020])}
        project_urban_components(base, years=[2020], **bad)


# --- cities ------------------------------------------------------------------------------


def _cities() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    names = ["a", "b", "c", "d"]
    cities = xr.DataArray(
        [[1e6, 4e5, 3e5, 2e5], [1.2e6, 4.4e5, 3.3e5, 2.1e5]],
        coords={"year": [2010, 2015], "locality": names},
    )
    urban = xr.DataArray(
        [[5e6], [5.5e6], [6e6], [6.5e6]],
        coords={"year": [2010, 2015, 2020, 2025], "country": ["AAA"]},
    )
    return cities, urban, xr.DataArray(["AAA"] * 4, coords={"locality": names})


def test_a_city_by_hand():
    cities, urban, home = _cities()
    ahead = project_cities(cities, urban, home, years=[2020, 2025])
    norm = ahead.norm
    d = (np.log(1.2 / 4.3) - np.log(1.0 / 4.0)) / 5
    target = norm.alpha + norm.beta * np.log(1.2e6)
    odds = np.log(1.2 / 4.3) + 5 * (0.9 * d + 0.1 * target)
    assert ahead.population.sel(year=2020, locality="a").item() == pytest.approx(
        6e6 / (1 + np.exp(-odds)), rel=1e-12
    )
    assert not ahead.listed.sel(locality="d").any()
    assert set(ahead.to_table()["locality"]) == {"a", "b", "c"}


def test_cities_never_exceed_their_towns():
    cities, urban, home = _cities()
    many = cities * xr.DataArray([2.0, 2.55], coords={"year": [2010, 2015]})
    ahead = project_cities(many, urban, home, years=[2020, 2025])
    together = ahead.population.sum("locality").to_numpy()
    np.testing.assert_allclose(together, 0.99 * np.array([6e6, 6.5e6]), rtol=1e-12)
    assert (ahead.adjustments["before"] > ahead.adjustments["after"]).all()
    assert len(ahead.adjustments) == 8


def test_cities_refuse_bad_input():
    cities, urban, home = _cities()
    with pytest.raises(SchemaError, match="exceed all towns"):
        project_cities(10 * cities, urban, home, years=[2020])
    with pytest.raises(CoverageError, match="'urban' lacks 2030"):
        project_cities(cities, urban, home, years=[2030])
    with pytest.raises(CoverageError, match="'urban' lacks BBB"):
        project_cities(cities, urban, home.copy(data=["BBB"] * 4), years=[2020])
    with pytest.raises(SchemaError, match="negative"):
        project_cities(-cities, urban, home, years=[2020])


# --- bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "years", "error", "words"),
    [
        (EXAMPLE, [2010], CoverageError, "do not rise from the base of 2015"),
        (EXAMPLE, [2030, 2020], CoverageError, "do not rise"),
        (EXAMPLE.isel(year=[0]), [2020], CoverageError, "two dates"),
        (towns([[10, -1], [11, 8]], [2010, 2015]), [2020], SchemaError, "negative"),
        (towns([[10, np.nan], [11, 8]], [2010, 2015]), [2020], CoverageError, "missing"),
        (towns([[0.5, 0.4], [0.6, 0.4]], [2010, 2015], kind="share"), [2020], SchemaError, "0.9"),
        (towns([[0, 0], [11, 8]], [2010, 2015]), [2020], SchemaError, "add to 0"),
        (EXAMPLE.assign_coords(residence=["urban", "village"]), [2020], SchemaError, "village"),
    ],
)
def test_bad_input_has_one_clear_error(population, years, error, words):
    with pytest.raises(error, match=words) as caught:
        urban_share(population, years=years, rule="constant")
    assert caught.value.remedy


def test_all_faults_at_once():
    wrong = towns([[10, -1], [np.nan, 8]], [2010, 2015])
    with pytest.raises(FaultsError) as caught:
        urban_share(wrong, years=[2020], rule="constant")
    assert {fault.id for fault in caught.value.faults} == {"MissingPeriod", "NegativeInput"}


def test_two_definitions_are_not_joined():
    mixed = EXAMPLE.assign_coords(definition=("year", ["national", "degree of urbanisation"]))
    with pytest.raises(UnitsError) as caught:
        urban_share(mixed, years=[2020], rule="constant")
    assert caught.value.id == "UnitMismatch"


def test_options_out_of_reach():
    with pytest.raises(CoverageError, match="10 years before the base"):
        urban_share(EXAMPLE, years=[2020], rule="constant", lag=10)
    with pytest.raises(SchemaError, match="convergence over 0 years"):
        urban_share(EXAMPLE, years=[2020], norm=FLAT, convergence=0)
    with pytest.raises(InfeasibleError, match="above the ceiling"):
        low = UrbanNorm(0.0, 0.0, (0.05, 0.0), 10.0, 0.5, 0, 0, 0, 0)
        urban_share(EXAMPLE, years=[2020], rule="polynomial", norm=low)
    with pytest.raises(CoverageError, match="intervals"):
        urban_norm(EXAMPLE)
    with pytest.raises(SchemaError, match="totals"):
        bad = xr.DataArray([-1.0], coords={"year": [2020]}, name="totals")
        urban_share(EXAMPLE, years=[2020], rule="constant", totals=bad)
