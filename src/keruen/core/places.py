# SPDX-License-Identifier: Apache-2.0
"""One set of places for arrays of different dates: unions and splits by a dated table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.country_changes import country_changes, wholes_of
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

_DIMS = ("birthplace", "country", "origin", "destination")


@dataclass(frozen=True)
class SamePlaces:
    """Arrays that hold the same places, and what was merged to get there.

    Parameters
    ----------
    arrays : dict of str to DataArray
        The arrays given, merged.
    merged : dict of str to str
        Code of each part, and of the place it was counted with.
    reasons : dict of str to str
        Why, for each part.

    See Also
    --------
    same_places : Makes it.
    """

    arrays: dict[str, xr.DataArray]
    merged: dict[str, str]
    reasons: dict[str, str]

    def to_table(self) -> pd.DataFrame:
        """One row a part.

        Returns
        -------
        DataFrame
            Columns ``part``, ``whole``, ``reason``.
        """
        import pandas as pd

        rows = [(part, whole, self.reasons[part]) for part, whole in self.merged.items()]
        return pd.DataFrame(rows, columns=["part", "whole", "reason"])


def same_places(
    arrays: Mapping[str, tuple[xr.DataArray, date]],
    *,
    merge: Mapping[str, str] | None = None,
) -> SamePlaces:
    """Arrays of counts of different dates, brought to the same countries by merging.

    Parameters
    ----------
    arrays : mapping of str to (DataArray, date)
        Counts by ``country``, ``birthplace``, ``origin`` or ``destination``, each with the
        day that its borders are of. Births and deaths of an interval take its first day.
    merge : mapping of str to str, optional
        Parts to count with another place although every array lists them: for sources
        whose figures do not keep them apart.

    Returns
    -------
    SamePlaces
        ``arrays``, ``merged``, ``reasons``.

    Raises
    ------
    CoverageError
        A country is missing from an array, and on its day was part of no country there
        (``UnknownPlace``).
    SchemaError
        ``merge`` runs in a circle.

    See Also
    --------
    flows_from_stocks : Needs the same places at both dates.

    Notes
    -----
    A country that one array lacks is added to the smallest country which held it on the day
    of that array and stands in it, in all arrays: flows between the parts become moves
    inside the whole and are not counted. Nobody is dropped.

    Examples
    --------
    >>> start = xr.DataArray([40.0, 9.0], coords={"country": ["SDN", "EGY"]})
    >>> end = xr.DataArray([35.0, 11.0, 10.0], coords={"country": ["SDN", "SSD", "EGY"]})
    >>> same = same_places({"start": (start, date(2005, 7, 1)), "end": (end, date(2015, 7, 1))})
    >>> same.arrays["end"].sel(country="SDN").item(), same.merged
    (46.0, {'SSD': 'SDN'})
    """
    for name, (array, _) in arrays.items():
        require_dims(array, name=name)
    merged = dict(merge or {})
    reasons = dict.fromkeys(merged, "not kept apart by the source")
    labels = {name: _labels(array) for name, (array, _) in arrays.items()}
    everywhere = sorted(set().union(*labels.values()))
    faults: list[WorkbenchError] = []
    for part in everywhere:
        lacking = [name for name in arrays if part not in labels[name] and part not in merged]
        for name in lacking:
            day = arrays[name][1]
            change = next((c for c in wholes_of(part, day) if c.whole in labels[name]), None)
            if change is None and not _is_whole(part, labels[name]):
                faults.append(_uncovered(part, name, day))
            elif change is not None and part not in merged:
                merged[part], reasons[part] = change.whole, change.note
    raise_faults(faults, where="places of different dates")
    final = {part: _end_of(part, merged) for part in merged}
    result = {name: _merged(array, final) for name, (array, _) in arrays.items()}
    return SamePlaces(result, final, reasons)


def _labels(array: xr.DataArray) -> set[str]:
    return {str(code) for dim in _DIMS if dim in array.dims for code in array.indexes[dim]}


def _is_whole(code: str, present: set[str]) -> bool:
    """Whether an array that lacks a whole holds its parts, which will be merged into it."""
    return any(c.whole == code and c.part in present for c in country_changes())


def _uncovered(part: str, name: str, day: date) -> CoverageError:
    return CoverageError(
        f"'{name}' has no {part}, and no country of it held {part} on {day.isoformat()}",
        where=name,
        remedy="add it, give 0 if nobody lived there, or name the country to count it with: "
        f"merge={{'{part}': ...}}",
        id="UnknownPlace",
    )


def _end_of(part: str, merged: Mapping[str, str]) -> str:
    """The last place of a chain of merges."""
    place, seen = part, {part}
    while place in merged:
        place = merged[place]
        if place in seen:
            raise SchemaError(
                f"{part} is merged into itself",
                where="merge",
                remedy="name one place that the others are counted with",
            )
        seen.add(place)
    return place


def _merged(array: xr.DataArray, merged: Mapping[str, str]) -> xr.DataArray:
    """An array with the counts of every part added to its whole, in order of codes."""
    result = array
    for dim in _DIMS:
        if dim not in result.dims:
            continue
        target = [merged.get(str(code), str(code)) for code in result.indexes[dim]]
        labels, place = np.unique(np.array(target, dtype=object).astype(str), return_inverse=True)
        values = np.moveaxis(result.to_numpy(), result.get_axis_num(dim), 0)
        added = np.zeros((len(labels), *values.shape[1:]), dtype=values.dtype)
        np.add.at(added, place, values)
        axis = result.get_axis_num(dim)
        coords = {d: (labels if d == dim else result.indexes[str(d)]) for d in result.dims}
        result = xr.DataArray(
            np.moveaxis(added, 0, axis), coords=coords, dims=result.dims, name=array.name
        )
    result.attrs = dict(array.attrs)
    return result
