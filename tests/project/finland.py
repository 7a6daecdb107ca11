# SPDX-License-Identifier: Apache-2.0
"""A regional method for Finland chosen on origins up to 2020 and tried on later years."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from keruen import load
from keruen.project.population import EDITIONS, Fertility, project_population

HORIZONS = (1, 2)


@dataclass(frozen=True)
class Method:
    """How the next years follow from the last ones.

    Parameters
    ----------
    window : int
        Years whose mean net migration by age starts the projection.
    memory : float
        Share of its difference from the five-year mean that net migration keeps each year.
    fertility : str
        "last" year, "mean" of two years, or "drift": last with the trend of three years.
    """

    window: int
    memory: float
    fertility: str


PLAIN = Method(window=5, memory=1.0, fertility="mean")
CANDIDATES = [
    Method(window, memory, fertility)
    for window in (1, 2, 3, 5)
    for memory in (1.0, 0.9, 0.8)
    for fertility in ("last", "mean", "drift")
]


@cache
def data() -> dict[str, xr.DataArray]:
    pattern = load("finland.fertility")
    return {
        "population": load("finland.population").drop_attrs(),
        "net": load("finland.net_migration"),
        "mx": load("finland.mortality"),
        "pattern": pattern / pattern.sum("age"),
        "tfr": load("finland.summary.tfr"),
    }


def project(method: Method, origins: list[int]) -> xr.DataArray:
    """Total population of every region one and two years after each origin, 31 December.

    Origins are worked at once, as scenarios; calendar years become years since the origin.
    """
    given = data()
    steps = xr.DataArray(list(HORIZONS), dims="year", coords={"year": list(HORIZONS)})

    def back(name: str, years: range) -> xr.DataArray:
        """Values some years before each origin, dimensions scenario and lag."""
        parts = [
            given[name].sel(year=[o - lag for lag in years]).assign_coords(year=list(years))
            for o in origins
        ]
        whole = xr.concat(parts, dim=xr.DataArray(origins, dims="scenario", name="scenario"))
        return whole.rename(year="lag")

    recent = back("net", range(method.window)).mean("lag")
    usual = back("net", range(5)).mean("lag")
    net = usual + method.memory**steps * (recent - usual)
    mx = back("mx", range(3)).mean("lag") * (1 - 0.012) ** steps
    tfr = back("tfr", range(4))
    total = tfr.sel(lag=range(2)).mean("lag") if method.fertility == "mean" else tfr.sel(lag=0)
    if method.fertility == "drift":
        trend = (tfr.sel(lag=0).sum("region") / tfr.sel(lag=3).sum("region")) ** (1 / 3)
        total = total.drop_vars("lag") * trend**steps
    asfr = back("pattern", range(3)).mean("lag") * total.drop_vars("lag", errors="ignore")
    run = project_population(
        back("population", range(1)).isel(lag=0, drop=True),
        Fertility(asfr * xr.ones_like(steps), 1.05 * xr.ones_like(steps, dtype=float)),
        mx.assign_attrs(kind="rate"),
        net.assign_attrs(kind="count"),
        rules=EDITIONS["2024"],
        years=list(HORIZONS),
    )
    ends = run.population.sum(["sex", "age"]).isel(year=slice(1, None))
    return ends.assign_coords(year=list(HORIZONS))


def counted(origins: list[int]) -> xr.DataArray:
    total = data()["population"].sum(["sex", "age"])
    return _since(total, origins, HORIZONS)


def constant_growth(origins: list[int], *, over: int = 1) -> xr.DataArray:
    """The growth of the last years goes on."""
    total = data()["population"].sum(["sex", "age"])
    before = _since(total, origins, (-over, 0))
    growth = (before.sel(year=0, drop=True) / before.sel(year=-over, drop=True)) ** (1 / over)
    steps = xr.DataArray(list(HORIZONS), dims="year", coords={"year": list(HORIZONS)})
    return before.sel(year=0, drop=True) * growth**steps


def _since(total: xr.DataArray, origins: list[int], steps: tuple[int, ...]) -> xr.DataArray:
    parts = [
        total.sel(year=[o + h for h in steps]).assign_coords(year=list(steps)) for o in origins
    ]
    return xr.concat(parts, dim=xr.DataArray(origins, dims="scenario", name="scenario"))


def miss(projected: xr.DataArray, origins: list[int]) -> np.ndarray:
    """Mean absolute error in percent over regions and origins, one value a horizon."""
    gap = 100 * abs(projected / counted(origins) - 1)
    return gap.mean(["region", "scenario"]).sel(year=list(HORIZONS)).to_numpy()


def chosen(origins: list[int]) -> tuple[Method, dict[Method, np.ndarray]]:
    """The method with the smallest error over both horizons on the origins."""
    errors = {method: miss(project(method, origins), origins) for method in CANDIDATES}
    return min(errors, key=lambda method: float(errors[method].mean())), errors
