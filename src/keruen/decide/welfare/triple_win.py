# SPDX-License-Identifier: Apache-2.0
"""The triple-win table: gains of migrants, receiving and sending country, never summed unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.draws import DEFAULT_PROBS, quantiles
from keruen.core.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

SIDES: Final[dict[str, tuple[str, ...]]] = {
    "migrant": ("migrants",),
    "receiving": (
        "low_skill_natives", "high_skill_natives", "earlier_migrants", "capital_owners",
        "host_treasury",
    ),
    "sending": ("families_left", "other_workers", "home_capital_owners", "home_treasury"),
}  # fmt: skip
"""Rows of the table by side."""

PARTIES: Final = tuple(row for rows in SIDES.values() for row in rows)


@dataclass(frozen=True)
class TripleWin:
    """Who gains and who loses, in every draw.

    Parameters
    ----------
    total : DataArray [scenario, ..., party], money a year
        Gain of each row of ``SIDES``; missing where the inputs do not allow it.
    persons : DataArray [..., party], persons
        People of the row; missing where nobody counts them.

    See Also
    --------
    break_even : Weights at which gains and losses meet.
    """

    total: xr.DataArray
    persons: xr.DataArray

    def __post_init__(self) -> None:
        for name in ("total", "persons"):
            array = getattr(self, name)
            require_dims(array, "party", name=name)
            unknown = [str(one) for one in array.indexes["party"] if one not in PARTIES]
            if unknown:
                raise SchemaError(
                    f"no such row of the table: {few(unknown)}",
                    where=name,
                    remedy=f"rows are {', '.join(PARTIES)}",
                    id="UnknownParty",
                )
        same_cells(self.total.isel(scenario=0, drop=True).rename("total"),
                   self.persons.rename("persons"))  # fmt: skip

    @property
    def units(self) -> str:
        """Unit of the gains."""
        return str(self.total.attrs.get("units", "money a year"))

    @property
    def per_person(self) -> xr.DataArray:
        """Gain a person of each row [scenario, ..., party]."""
        each = self.total / self.persons.where(self.persons > 0)
        return stamp(each, name="per_person", units=f"{self.units} a person", kind="rate")

    def sides(self) -> xr.DataArray:
        """Total of each side [scenario, ..., party]: rows of one side added, sides never.

        Returns
        -------
        DataArray [scenario, ..., party], money a year
            Missing where a row of the side is missing.
        """
        parts = [self.total.sel(party=list(rows)).sum("party", skipna=False)
                 for rows in SIDES.values()]  # fmt: skip
        whole = xr.concat(parts, dim="party").assign_coords(party=list(SIDES))
        return stamp(whole, name="total", units=self.units, kind="money")

    def weighted(self, weights: Mapping[str, float]) -> xr.DataArray:
        """The sum of the sides under weights that the reader sets.

        Parameters
        ----------
        weights : mapping of str to float
            A weight, 0 or more, for each of ``migrant``, ``receiving`` and ``sending``.

        Returns
        -------
        DataArray [scenario, ...], money a year

        Raises
        ------
        SchemaError
            A side has no weight, or one is unknown or negative (``BadWeights``).
        """
        wrong = [name for name in {*weights, *SIDES} if not weights.get(name, -1.0) >= 0]
        if wrong or set(weights) != set(SIDES):
            raise SchemaError(
                "weights are 0 or more, one for each side",
                where=few(sorted({*wrong, *(set(weights) ^ set(SIDES))})),
                remedy=f"give {', '.join(SIDES)}: there are no weights by default",
                id="BadWeights",
            )
        weight = xr.DataArray(
            [float(weights[side]) for side in SIDES], coords={"party": list(SIDES)}
        )
        whole = (self.sides() * weight).sum("party", skipna=False)
        return stamp(whole, name="weighted", units=self.units, kind="money", weights=dict(weights))

    def to_table(self, probs: Sequence[float] = DEFAULT_PROBS) -> pd.DataFrame:
        """One row a party and horizon, with the interval over draws.

        Parameters
        ----------
        probs : sequence of float, optional
            Lower end, middle and upper end.

        Returns
        -------
        DataFrame
            ``party``, ``side``, ``scenario``, ``persons``, ``per_person``, ``total``, and
            both with ``_lower`` and ``_upper``.
        """
        import pandas as pd

        side = {row: name for name, rows in SIDES.items() for row in rows}
        spread = {"total": middle(self.total, probs), "per_person": middle(self.per_person, probs)}
        people = middle(self.persons, probs)[1]
        rows = [
            {
                "party": row, "side": side[row], "scenario": horizon,
                "persons": float(people.sel(party=row)),
                **{
                    f"{name}{end}": float(part.sel(party=row, scenario=horizon))
                    for name, parts in spread.items()
                    for end, part in zip(("_lower", "", "_upper"), parts, strict=True)
                },
            }
            for row in (str(one) for one in self.total.indexes["party"])
            for horizon in (str(one) for one in self.total.indexes["scenario"])
        ]  # fmt: skip
        return pd.DataFrame(rows)


def middle(
    array: xr.DataArray, probs: Sequence[float] = DEFAULT_PROBS
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Lower end, middle and upper end over draws; three times the number without draws.

    Parameters
    ----------
    array : DataArray [...]
        With ``trajectory`` where it was drawn.
    probs : sequence of float, optional
        Three probabilities.

    Returns
    -------
    tuple of DataArray [...]
    """
    if "trajectory" not in array.dims:
        return array, array, array
    low, mid, high = quantiles(array, probs).transpose("quantile", ...)
    return low, mid, high


def break_even(total: xr.DataArray) -> xr.DataArray:
    """Weight of each side at which gains and losses meet, the other sides at one.

    Parameters
    ----------
    total : DataArray [..., party], money a year
        Gains by side, as :meth:`TripleWin.sides` gives.

    Returns
    -------
    DataArray [..., party], ratio
        Missing where no weight of zero or more does it: all others gain and so does the
        side, or all lose.

    Notes
    -----
    ``-(sum of the others) / own``. A side that loses may weigh up to this and the whole is
    still a gain; one that gains must weigh at least this.

    Examples
    --------
    >>> gains = xr.DataArray([8.0, 3.0, -2.0], coords={"party": list(SIDES)})
    >>> break_even(gains).sel(party="sending").item()
    5.5
    """
    require_dims(total, "party", name="total")
    others = total.sum("party", skipna=False) - total
    weight = -others / total.where(total != 0)
    return stamp(weight.where(weight >= 0), name="break_even", units="ratio", kind="index")
