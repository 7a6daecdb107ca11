# SPDX-License-Identifier: Apache-2.0
"""Cities and districts for a profile: their people, where they stand, how concentrated they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core._regions import all_regions
from keruen.measure.city_sizes import Primacy, RankSize, primacy, rank_size
from keruen.measure.concentration import area_gini, hoover_index
from keruen.report._geography import GEOGRAPHIES, load_geography
from keruen.report.locale import Locale, Region

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.build import Desk

CITIES: Final = "wup2018.city_population"
LEAST: Final = 300_000
"""Cities of WUP 2018 had this many people in 2018."""
_DISTRICTS: Final = {"KAZ": "geo.kaz.districts.2024"}
"""Countries whose districts the package can place, with their outlines."""
_OWN_MAPS: Final = {"KAZ": "KAZ-2024"}
_ESTIMATED: Final = 2018


@dataclass(frozen=True)
class Cities:
    """Cities of a country in World Urbanization Prospects 2018.

    Parameters
    ----------
    people : DataArray [locality, year], persons
        Cities of 300,000 and more in 2018, at mid-year.
    table : DataFrame
        ``locality``, ``name``, ``lat``, ``lon``.
    """

    people: xr.DataArray
    table: pd.DataFrame

    @property
    def primacy(self) -> Primacy:
        """The largest city beside the next."""
        return primacy(self.people)

    @property
    def rank_size(self) -> RankSize:
        """The rank-size rule over these cities."""
        return rank_size(self.people, least=(LEAST,))


def cities(desk: Desk) -> Cities | None:
    """The cities of a country up to the year wanted; None where it has none of that size."""
    from keruen import load_table

    whole = load_table("wup2018.cities")
    own = whole[whole["country"] == desk.country].reset_index(drop=True)
    if not len(own):
        return None
    codes = own["locality"].tolist()
    people = desk.part(CITIES, locality=codes)
    if people is None:
        return None
    people = people.sel(year=people["year"] <= min(desk.reference, _ESTIMATED))
    return Cities(people.sel(locality=codes), own) if people.sizes["year"] else None


@dataclass(frozen=True)
class Placed:
    """Places for a map.

    Parameters
    ----------
    rows : DataFrame
        ``lon``, ``lat``, ``people``, ``key``.
    names : dict
        What each key is called: a region's code, or words by language.
    geography : str
        Outlines to draw them on.
    year : int
        Year of the people.
    source : str
        Data set.
    left_out : float
        People of places that no outline shows.
    """

    rows: pd.DataFrame
    names: dict[str, dict[str, str] | str]
    geography: str
    year: int
    source: str
    left_out: float = 0.0

    def name(self, key: str, locale: Locale) -> str:
        """The name of a place in a language."""
        held = self.names[key]
        return Region(held).render(locale) if isinstance(held, str) else held[locale.lang]


def placed(desk: Desk, held: Cities | None) -> Placed | None:
    """Districts of the country where they are held, else its cities."""
    return _districts(desk) or (_as_places(held) if held else None)


def _as_places(held: Cities) -> Placed:
    year = int(held.people["year"].max())
    people = held.people.sel(year=year).to_numpy()
    rows = held.table.assign(people=people, key=held.table["locality"].astype(str))
    names: dict[str, dict[str, str] | str] = {
        str(code): dict.fromkeys(("en", "ru", "kk"), str(name))
        for code, name in zip(rows["locality"], rows["name"], strict=True)
    }
    return Placed(rows[["lon", "lat", "people", "key"]], names, "world", year, CITIES)


def _districts(desk: Desk) -> Placed | None:
    """Districts at their middles; those of one city of republican rank as one place."""
    import pandas as pd

    from keruen import load_table
    from keruen.sources.maps import load_map

    source = f"{desk.country.lower()}.district.population"
    if desk.country not in _DISTRICTS or desk.part(source) is None:
        return None
    table = load_table(source)
    year = int(table["year"].max())
    people = table[table["year"] == year].groupby("locality")["population"].sum()
    rows, names = [], {}
    for feature in load_map(_DISTRICTS[desk.country])["features"]:
        facts = feature["properties"]
        code, region = str(facts["locality"]), str(facts["region"])
        if code in people.index:
            known = all_regions().get(region)
            city = known is not None and known.type == "city"
            key = region if city else code
            names[key] = region if city else {k: facts[f"name_{k}"] for k in ("en", "ru", "kk")}
            rows.append((key, *_middle(feature["geometry"]), float(people[code])))
    frame = pd.DataFrame(rows, columns=["key", "lon", "lat", "people"])
    shown = float(frame["people"].sum())
    weight = frame["people"].to_numpy()[:, None]
    frame[["lon", "lat"]] = frame[["lon", "lat"]] * weight
    grouped = frame.groupby("key", as_index=False).sum()
    grouped[["lon", "lat"]] = grouped[["lon", "lat"]].div(grouped["people"], axis=0)
    left = float(people.sum()) - shown
    return Placed(grouped, names, _OWN_MAPS[desk.country], year, source, left)


def _middle(geometry: dict[str, Any]) -> tuple[float, float]:
    """Centre of gravity of the largest ring, in degrees."""
    found = geometry["coordinates"]
    rings = [found[0]] if geometry["type"] == "Polygon" else [part[0] for part in found]
    best: tuple[float, float, float] = (-1.0, 0.0, 0.0)
    for ring in rings:
        corners = np.asarray([corner[:2] for corner in ring], dtype=float)
        base = corners[0]
        x, y = (corners - base).T  # small numbers keep the differences exact
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        area = float(cross.sum())
        if abs(area) > best[0]:
            lon = float(((x[:-1] + x[1:]) * cross).sum()) / (3 * area) + base[0]
            lat = float(((y[:-1] + y[1:]) * cross).sum()) / (3 * area) + base[1]
            best = abs(area), lon, lat
    return best[1], best[2]


def concentration(people: xr.DataArray | None) -> dict[str, xr.DataArray]:
    """Hoover and Gini of regions over their land, by year, as far as outlines give their area.

    Parameters
    ----------
    people : DataArray [year, region] or None
        People of the regions as they were in each year; missing before and after.

    Returns
    -------
    dict of str to DataArray [year]
        ``hoover`` (percent) and ``gini``; empty where no outlines fit.
    """
    if people is None:
        return {}
    shapes = [load_geography(name) for name in GEOGRAPHIES]
    areas = [{code: area.size**2 for code, area in one.areas.items()} for one in shapes]
    found: dict[int, tuple[float, float]] = {}
    for year in people["year"].to_numpy():
        now = people.sel(year=year).dropna("region")
        codes = {str(code) for code in now["region"].to_numpy()}
        fitting = next((area for area in areas if area.keys() == codes), None)
        if fitting is not None:
            land = now.copy(data=[fitting[str(code)] for code in now["region"].to_numpy()])
            found[int(year)] = (
                100 * hoover_index(now, land).item(),
                area_gini(now, land).item(),
            )
    if not found:
        return {}
    coords = {"year": list(found)}
    columns = zip(*found.values(), strict=True)
    return {
        name: xr.DataArray(list(values), coords=coords, dims="year")
        for name, values in zip(("hoover", "gini"), columns, strict=True)
    }
