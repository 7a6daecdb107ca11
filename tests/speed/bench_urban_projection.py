# SPDX-License-Identifier: Apache-2.0
"""Towns and attainment of all countries together, beside a plain loop over countries and cells."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen import load
from keruen.project.attainment import ATTAINMENT, attainment_paths, attainment_ratios
from keruen.project.education import project_education
from keruen.project.urban import UrbanNorm, urban_norm, urban_share
from keruen.project.urban_record import urban_errors

TOWNS = "urban shares, 230 countries to 2050 by year: target under 50 ms"
ERRORS = "urban errors, 230 countries, 10 origins: target under 300 ms"
EDUCATION = "attainment, 185 countries, 6 steps, mortality by level: target under 1 s"
YEARS = list(range(2016, 2051))
STEPS = list(range(2020, 2051, 5))
NO_GAP = {"F": 0.0, "M": 0.0}


@cache
def known() -> xr.DataArray:
    people = load("wup2018.population").sel(year=slice(None, 2015)).dropna("country", how="any")
    return people.transpose("country", "year", "residence")


@cache
def norm() -> UrbanNorm:
    return urban_norm(known())


def shares_by_loop() -> np.ndarray:
    """The textbook's formula, country by country and year by year."""
    rows = []
    for country in known().sel(residence=["urban", "rural"]).to_numpy().tolist():
        (u0, r0), (u1, r1) = country[-2:]
        if min(u0, r0, u1, r1) == 0:
            rows.append([u1 / (u1 + r1)] * len(YEARS))
            continue
        base, before = np.log(u1 / r1), np.log(u0 / r0)
        d, target = (base - before) / 5, norm().alpha + norm().beta * u1 / (u1 + r1)
        row = []
        for year in YEARS:
            h = year - 2015
            felt = h - h * h / 50 if h < 25 else 12.5
            row.append(1 / (1 + np.exp(-(base + d * felt + target * (h - felt)))))
        rows.append(row)
    return np.array(rows)


@cache
def attainment() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]:
    """Base, totals, ratios and survival of 185 countries; totals of 2020 stand for later."""
    people = load("wic.population").sel(year=slice(1980, None))
    held = (people.sum(["education", "sex", "age"]) > 0).all("year")
    people = people.sel(country=people["country"].to_numpy()[held.to_numpy()]).fillna(0.0)
    totals = people.sum("education").sel(year=2020, drop=True).expand_dims(year=STEPS)
    path = attainment_paths(
        attainment_ratios(people.sel(education=list(ATTAINMENT))), years=STEPS[1:]
    )
    ages = totals["age"].to_numpy()
    S = xr.zeros_like(totals.sel(year=STEPS[1:])) + xr.DataArray(
        np.exp(-5e-4 * np.exp(0.085 * ages)), coords={"age": ages}
    )
    return people.sel(year=2020, education=list(ATTAINMENT)), totals, path, S


def attainment_by_loop() -> np.ndarray:
    """Levels of every country, sex, age and step, one after the other, no gap in mortality."""
    base, totals, path, _ = attainment()
    P0 = base.transpose("country", "sex", "age", "education").to_numpy()
    N = totals.transpose("country", "year", "sex", "age").to_numpy()
    a = path.transpose("country", "year", "sex", "age", "education").to_numpy()
    out = np.zeros((*N.shape, len(ATTAINMENT)))
    for c in range(N.shape[0]):
        for s in range(2):
            mix = [P0[c, s, x] / P0[c, s, x].sum() if P0[c, s, x].sum() > 0 else None
                   for x in range(21)]  # fmt: skip
            for x in range(4, 21):
                mix[x] = mix[x - 1] if mix[x] is None else mix[x]
            for t in range(1, N.shape[1]):
                after: list[np.ndarray | None] = [None] * 21
                for x in range(3, 21):
                    if x == 3:
                        now = np.eye(len(ATTAINMENT))[0]
                    elif x == 20:
                        both = N[c, t - 1, s, 19] * mix[19] + N[c, t - 1, s, 20] * mix[20]
                        now = both / both.sum() if both.sum() > 0 else after[19]
                    else:
                        now = mix[x - 1] if N[c, t - 1, s, x - 1] > 0 else after[x - 1]
                    now = now.copy()
                    if x < 7:
                        for e in range(5):
                            gone = now[e] * a[c, t - 1, s, x - 3, e]
                            now[e] -= gone
                            now[e + 1] += gone
                    after[x] = now
                    out[c, t, s, x] = N[c, t, s, x] * now
                mix = after
    return out


@pytest.mark.benchmark(group=TOWNS)
def bench_towns(benchmark):
    found = benchmark(lambda: urban_share(known(), years=YEARS, norm=norm()))
    urban = found.share.sel(residence="urban").transpose("country", "year").to_numpy()
    np.testing.assert_allclose(urban, shares_by_loop(), rtol=1e-9)


@pytest.mark.benchmark(group=TOWNS)
def bench_towns_by_loop(benchmark):
    benchmark.pedantic(shares_by_loop, rounds=3)


@pytest.mark.benchmark(group=ERRORS)
def bench_errors(benchmark):
    assert benchmark.pedantic(lambda: urban_errors(known()), rounds=3).sizes["origin_year"] == 10


@pytest.mark.benchmark(group=EDUCATION)
def bench_attainment(benchmark):
    base, totals, path, S = attainment()
    found = benchmark.pedantic(lambda: project_education(base, totals, path, survival=S), rounds=3)
    assert float(abs(found.population.sum("education") - totals).max()) < 1e-6


@pytest.mark.benchmark(group=EDUCATION)
def bench_attainment_same_mortality(benchmark):
    base, totals, path, S = attainment()
    benchmark.pedantic(
        lambda: project_education(base, totals, path, survival=S, mortality_gap=NO_GAP), rounds=3
    )


@pytest.mark.benchmark(group=EDUCATION)
def bench_attainment_by_loop(benchmark):
    base, totals, path, S = attainment()
    plain = benchmark.pedantic(attainment_by_loop, rounds=1)
    found = project_education(base, totals, path, survival=S, mortality_gap=NO_GAP)
    levels = found.population.sel(education=list(ATTAINMENT), year=STEPS[1:])
    levels = levels.transpose("country", "year", "sex", "age", "education").to_numpy()
    np.testing.assert_allclose(levels[..., 3:, :], plain[:, 1:, :, 3:, :], atol=1e-3)
