# SPDX-License-Identifier: Apache-2.0
"""Figures a thousand times too small, found by what is known of the same place and year."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.sources.fault_texts import Named
from keruen.sources.intake.changes import Intake
from keruen.sources.intake.totals import Entries

_KNOWN: Final = {
    "population": ("wpp2024.population", "kaz.region.population"),
    "births": ("wpp2024.indicators.births", "kaz.region.vital.births"),
    "deaths": ("wpp2024.indicators.deaths", "kaz.region.vital.deaths"),
    "stock_start": ("wpp2024.population", ""),
}
"""Figures of the package beside which a user's are laid, of countries and of regions."""

_LEAST, _MOST = 1 / 2_000, 1 / 500
_CHECKED: Final = 40
_NOISE: Final = 1e-6
_OF_MODELS: Final = ("projection_", "flow_stocks", "vital_events", "skills_", "occupation_")
"""Tables whose figures may be estimates, which a model gives in parts of persons."""
_USUAL_YEAR: Final = 2020


def note_magnitudes(
    entries: Entries, keep: NDArray[np.bool_], country: str, intake: Intake
) -> None:
    """Note figures that are about a thousandth of what is known.

    Parameters
    ----------
    entries : Entries
        Keys and figures.
    keep : array of bool
        Rows that are no totals.
    country : str
        Country the table is about; empty when nobody knows.
    intake : Intake
        Takes the fault.
    """
    faulty = any(
        part["id"].iloc[0] in ("DeclaredUnit", "DuplicateKey") for part in intake.faults.parts
    )
    for name in ("population", "births", "stock_start"):
        if name not in entries.values or faulty:
            continue
        place = next((key for key in ("region", "country") if key in entries.keys), "")
        if not (place or country):
            continue
        found = _ratios(entries, keep, name, place, country)
        if not found:
            continue
        ratios = np.array([one[0] for one in found])
        if _LEAST < float(np.median(ratios)) < _MOST:
            _, code, year, total, known = found[0]
            first = int(np.flatnonzero(keep)[0])
            intake.faults.add_facts(
                "LooksLikeThousands",
                {
                    "sum": total,
                    "known": known,
                    "place": Named("region" if place == "region" else "country", code),
                    "year": str(year),
                },
                rows=[int(entries.rows[first])],
                columns=[int(entries.places[name][first])],
            )
            return


def note_parts_of_persons(entries: Entries, intake: Intake) -> None:
    """Note persons that are not whole, as thousands or a misread mark of thousands give.

    Parameters
    ----------
    entries : Entries
        Keys and figures.
    intake : Intake
        Takes the fault.
    """
    said = {part["id"].iloc[0] for part in intake.faults.parts}
    if said & {"DeclaredUnit", "UnitClash", "LooksLikeThousands"}:
        return
    if intake.table.name.startswith(_OF_MODELS):
        return
    for name, values in entries.values.items():
        column = entries.columns[name]
        if column.additive and column.units == "persons" and entries.factors[name] == 1.0:
            wrong = np.flatnonzero(np.abs(values - np.rint(values)) > _NOISE)
            intake.faults.add(
                "NotWhole",
                rows=entries.rows[wrong],
                columns=entries.places[name][wrong],
                values=values[wrong],
                column=column,
            )


def _ratios(
    entries: Entries, keep: NDArray[np.bool_], name: str, place: str, country: str
) -> list[tuple[float, str, int, float, float]]:
    """Sum of each place and year over what is known, for some of them."""
    size = keep.size
    years = entries.keys["year"].codes() if "year" in entries.keys else np.full(size, _USUAL_YEAR)
    codes = entries.keys[place].codes() if place else np.full(size, country, dtype=object)
    sums: dict[tuple[str, int], float] = {}
    wanted = keep & ~np.isnan(entries.values[name])
    if name == "stock_start":
        whole = entries.keys["birthplace"].codes() == codes
        wanted &= np.isin(codes, codes[whole])  # only with the native-born are they everybody
    wanted &= np.array([bool(code) for code in codes]) & np.array([bool(one) for one in years])
    names, years = codes[wanted].tolist(), years[wanted].tolist()
    for code, year, value in zip(names, years, entries.values[name][wanted].tolist(), strict=True):
        cell = (str(code), int(year))
        if cell in sums or len(sums) < _CHECKED:
            sums[cell] = sums.get(cell, 0.0) + value
    known = _known(name, place, tuple(sorted({code for code, _ in sums})))
    found = []
    for (code, year), total in sums.items():
        figure = known.get((code, year))
        if figure:
            found.append((total / figure, code, year, total, figure))
    return found


def _known(name: str, place: str, codes: tuple[str, ...]) -> dict[tuple[str, int], float]:
    """Known figures by code and year."""
    from keruen.sources.catalog import load

    source = _KNOWN[name][place == "region"]
    dim = place or "country"
    if not source:
        return {}
    held = load(source) if place == "region" else _of_countries(source, codes)
    if held is None:
        return {}
    figures = held.sum([one for one in held.dims if one not in (dim, "year")], min_count=1)
    table = figures.transpose(dim, "year")
    return {
        (str(code), int(year)): float(value)
        for code, row in zip(table.indexes[dim], table.to_numpy(), strict=True)
        for year, value in zip(table.indexes["year"], row, strict=True)
        if value == value  # noqa: PLR0124 (not a number)
    }


def _of_countries(source: str, codes: tuple[str, ...]) -> xr.DataArray | None:
    from keruen.sources.catalog import dataset, load

    held = dataset(".".join(source.split(".")[:2])).labels["country"]
    asked = [code for code in codes if code in held]
    return load(source, country=asked) if asked else None
