# SPDX-License-Identifier: Apache-2.0
"""What is measured at the start of a scenario's run, as a tidy table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from keruen.core.draws import quantiles
from keruen.scenario.composed import Scenario
from keruen.scenario.draws import drawn
from keruen.scenario.measurement import (
    BASE,
    SCALE,
    STOCK,
    UNDERCOUNT,
    YEARS,
    recorded_net,
    united_nations,
)
from keruen.scenario.stages import Arrays
from keruen.sources.catalog import load, load_table
from keruen.sources.projection_inputs import FIRST

_PROBS: Final = (0.025, 0.5, 0.975)
_RECORDED: Final = ("kaz.migration",)
_CARRIED: Final = ("kaz.population", "kaz.population_avg", "kaz.vital")
_UN: Final = ("wpp2024.indicators",)
_PEOPLE: Final = ("kaz.region.population", "kaz.region.population_avg")
_UN_PEOPLE: Final = ("wpp2024.population", "wpp2024.population_31dec")
_MOVES: Final = ("kaz.region.migration",)
_PARTNERS: Final = ("kaz.migration_by_partner",)


def measured_table(scenario: Scenario, arrays: Arrays) -> pd.DataFrame:
    """What is measured as a tidy table.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    arrays : dict of str to DataArray
        As :func:`measured` gives them.

    Returns
    -------
    DataFrame
        ``table, key, series, value, low, high, unit, status, sources``: a row a figure; bounds
        of a 95% interval where the method gives one.
    """
    rows = [
        *_rows(arrays["measured_balance"], "balance", _of_balance),
        *_rows(_one(arrays["measured_residual"], "net"), "residual", _of_residual),
        *_rows(arrays["measured_regions"], "regions", _of_regions),
        *_rows(_one(arrays["measured_efficiency"], "redistribution"), "efficiency", _of_moves),
        *_rows(arrays["measured_partners"], "partners", _of_partners),
        *_returnees(),
        *_uncertain(scenario),
        *_people(scenario, arrays),
        *_starts(scenario, arrays),
    ]
    columns = ["table", "key", "series", "value", "low", "high", "unit", "status", "sources"]
    return pd.DataFrame(rows, columns=columns)


_Row = tuple[str, str, str, float, float, float, str, str, str]
_Known = tuple[str, str, tuple[str, ...]]


def _one(array: xr.DataArray, name: str) -> xr.DataArray:
    return array.expand_dims(series=[name])


def _of_balance(series: str, key: str) -> _Known:
    if series != "net_un":
        return "persons", "observed", _RECORDED
    return "persons", "estimate" if int(key) < 2024 else "projection", _UN


def _of_residual(series: str, key: str) -> _Known:  # noqa: ARG001
    return "persons", "estimate", _CARRIED


def _of_regions(series: str, key: str) -> _Known:  # noqa: ARG001
    if series == "population":
        return "persons", "estimate", _PEOPLE
    return "percent" if series == "effectiveness" else "persons", "observed", _MOVES


def _of_moves(series: str, key: str) -> _Known:  # noqa: ARG001
    return "percent", "observed", _MOVES


def _of_partners(series: str, key: str) -> _Known:  # noqa: ARG001
    if series.startswith("flow_"):
        return "persons", "estimate", ("un.stock.2024",)
    return "persons", "observed", _PARTNERS


def _rows(array: xr.DataArray, table: str, known: Callable[[str, str], _Known]) -> list[_Row]:
    rows: list[_Row] = []
    [dim] = [str(one) for one in array.dims if one != "series"]
    for series in array["series"].to_numpy():
        for key in array[dim].to_numpy():
            unit, status, sources = known(str(series), str(key))
            value = float(array.sel({"series": series, dim: key}))
            rows.append((table, str(key), str(series), value, np.nan, np.nan, unit, status,
                         " ".join(sources)))  # fmt: skip
    return rows


def _returnees() -> list[_Row]:
    """Ethnic return migrants who were given the status, in single years."""
    facts = load_table("kaz.published_facts")
    held = facts[
        (facts["topic"] == "ethnic return migrants")
        & (facts["indicator"] == "arrived and received the status")
        & (facts["area"] == "KAZ") & facts["partner"].isna() & facts["breakdown"].isna()
        & (facts["unit"] == "persons") & facts["period"].str.fullmatch(r"\d{4}")
    ]  # fmt: skip
    last = held.drop_duplicates("period", keep="last").sort_values("period").tail(YEARS)
    return [
        ("returnees", str(row["period"]), "persons", float(row["value"]), np.nan, np.nan,
         "persons", "observed", "kaz.published_facts")
        for _, row in last.iterrows()
    ]  # fmt: skip


def _uncertain(scenario: Scenario) -> list[_Row]:
    """The irregular stock as the scenario has it, with the interval of its draws."""
    value = drawn(scenario, STOCK).isel(year=0, drop=True)
    low, middle, high = _ends(value)
    key = str(scenario.years[0])
    return [("irregular", key, "persons", middle, low, high, "persons", "estimate",
             "kaz.published_facts")]  # fmt: skip


def _people(scenario: Scenario, arrays: Arrays) -> list[_Row]:
    """Population that the projection starts from beside that of national statistics."""
    middle, end = (
        float(load(name, country=scenario.country, year=FIRST).sum()) for name in _UN_PEOPLE
    )
    recorded = float(arrays["measured_regions"].sel(series="population").sum())
    un = 2 * middle - end  # mid-year is the mean of both ends of the year
    known = (
        ("published", un, _UN_PEOPLE),
        ("recorded", recorded, _PEOPLE),
        ("taken", un, _UN_PEOPLE),
    )
    return [
        ("people", str(FIRST), series, value, np.nan, np.nan, "persons", "estimate",
         " ".join(sources))
        for series, value, sources in known
    ]  # fmt: skip


def _starts(scenario: Scenario, arrays: Arrays) -> list[_Row]:
    """Net migration that the projection starts from beside the one recorded, first year."""
    year = scenario.years[0]
    un = float(united_nations(scenario.country, [year]).item())
    scale = float(scenario.series(SCALE).sel(year=year))
    added = arrays["base"].sel(year=year, drop=True).sum("region")
    low, middle, high = _ends(un * scale + added)
    recorded_low, recorded, recorded_high = _ends(
        recorded_net(drawn(scenario, UNDERCOUNT)).sel(year=year, drop=True)
    )
    sources = " ".join(_UN if scenario.choice(BASE) == "published" else (*_UN, *_RECORDED))
    key = str(year)
    return [
        ("start", key, "published", un, np.nan, np.nan, "persons", "projection", _UN[0]),
        ("start", key, "recorded", recorded, recorded_low, recorded_high, "persons", "estimate",
         _RECORDED[0]),
        ("start", key, "taken", middle, low, high, "persons", "projection", sources),
    ]  # fmt: skip


def _ends(value: xr.DataArray) -> tuple[float, float, float]:
    """The ends and the middle of a 95% interval; no ends where nothing is drawn."""
    if "trajectory" not in value.dims:
        return np.nan, float(value), np.nan
    low, middle, high = (float(one) for one in quantiles(value, _PROBS).values)
    return low, middle, high
