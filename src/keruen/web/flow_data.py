# SPDX-License-Identifier: Apache-2.0
"""What the flow map draws: estimated flows by period, with the words of one language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.measure.flows import Method
from keruen.report.locale import Country, Lang, Locale, Message, msg
from keruen.web.once import once

if TYPE_CHECKING:
    import xarray as xr

    from keruen.report._geography import Geography

WORLD: Final = "world"
"""Stands for all countries where an address names one."""
LEAST: Final = {True: 1000, False: 50}
"""Smallest flows sent, of the world and of one country, in persons in a period."""
_STEPS: Final = (50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
_WORDS: Final = {
    "map": msg("Flow map"),
    "period": msg("Period"),
    "play": msg("Play"),
    "pause": msg("Pause"),
    "method": msg("Method"),
    "least": msg("Smallest flow shown"),
    "country": msg("Country or area"),
    "all": msg("All countries"),
    "page": msg("The page of this country"),
    "estimates": msg("Estimates, not counts: people living in another country than at the start."),
    "largest": msg("Largest flows on the map"),
    "from_to": msg("From and to"),
    "persons": msg("Persons"),
    "none": msg("No flow is that large."),
    "picture": msg("The same as a picture"),
    "into": msg("into the country"),
    "out": msg("out of the country"),
    "nearer": msg("Nearer"),
    "farther": msg("Farther"),
    "credit": msg("Outlines: Natural Earth."),
}


@once(24)
def flow_data(country: str, method: Method, lang: Lang) -> str:
    """Flows of a country, or of the world, as JSON for the map.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code, or ``world``.
    method : str
        Method of estimation.
    lang : {"en", "ru", "kk"}
        Language of names and words.

    Returns
    -------
    str
        Places with name, longitude and latitude; a list of periods, each with a finding and
        flows as origin, destination (both by their place in the list) and persons.
    """
    from keruen.report._geography import load_geography
    from keruen.report.country_flows import estimated_flows
    from keruen.report.parts.flows import METHODS

    locale, ground = Locale(lang), load_geography("world")
    flows = estimated_flows(method).od().transpose("year", "origin", "destination")
    codes = [str(code) for code in flows.indexes["origin"]]
    periods = [_period(flows.sel(year=year), int(year), country, locale) for year in flows["year"]]
    told = {
        "focus": codes.index(country) if country in codes else None,
        "places": [_place(code, ground, locale) for code in codes],
        "periods": periods,
        "method": method,
        "methods": [[name, locale.say(title)] for name, title in METHODS.items()],
        "steps": [step for step in _STEPS if step >= LEAST[country == WORLD]],
        "separator": locale.number(1000)[1],
        "words": {name: locale.say(word) for name, word in _WORDS.items()},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _place(code: str, ground: Geography, locale: Locale) -> list[object]:
    """Name and place of a country; without a place where the outlines have none."""
    name = Country(code).render(locale)
    if code not in ground.names:
        return [code, name]
    ((lon, lat),) = ground.lon_lat([ground.areas[ground.names[code]].anchor])
    return [code, name, round(lon, 2), round(lat, 2)]


def _period(flows: xr.DataArray, year: int, country: str, locale: Locale) -> dict[str, Any]:
    """One period: its name, its finding, and the flows that are large enough."""
    from keruen.report.parts.flows import period_end, period_name

    values = np.nan_to_num(flows.to_numpy())
    large = values >= LEAST[country == WORLD]
    if country != WORLD:
        codes = flows.indexes["origin"]
        own = (codes == country)[:, None] | (codes == country)[None, :]
        large &= own
    pairs = zip(*np.nonzero(large), strict=True)
    return {
        "name": period_name(year),
        "last": period_end(year),
        "finding": locale.say(_finding(flows, year, country)),
        "flows": [[int(i), int(j), round(float(values[i, j]))] for i, j in pairs],
    }


def _finding(flows: xr.DataArray, year: int, country: str) -> Message:
    from keruen.report.parts.flows import in_and_out
    from keruen.report.world_flows import world_finding

    if country in flows.indexes["origin"]:
        return in_and_out(flows, country, year)
    return world_finding(flows, year)


@once(1)
def outlines() -> str:
    """Outlines of the world's countries as GeoJSON, from the file that all maps share."""
    from keruen.report._geography import load_geography

    ground = load_geography("world")
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [
                    [[[round(lon, 2), round(lat, 2)] for lon, lat in ground.lon_lat(ring)]]
                    for ring in area.rings
                ],
            },
        }
        for area in ground.areas.values()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
