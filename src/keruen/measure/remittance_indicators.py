# SPDX-License-Identifier: Apache-2.0
"""What remittances mean for a country: their weight, and whether they come by few corridors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import UnitsError
from keruen.measure._checks import Floats, Mask, missing_reason, over, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

_DOLLARS: Final[dict[str, float]] = {"USD": 1.0, "million USD": 1e6}


@dataclass(frozen=True)
class CorridorConcentration:
    """Whether a country's money runs through few corridors or many.

    Parameters
    ----------
    index : DataArray [..., country], share
        Herfindahl-Hirschman index: 1 where there is one corridor.
    largest_share : DataArray [..., country], percent
        Share of the largest corridor.
    largest : DataArray [..., country], code
        Country at its other end; empty where there is none.
    corridors : DataArray [..., country]
        Corridors with an amount above 0.
    """

    index: xr.DataArray
    largest_share: xr.DataArray
    largest: xr.DataArray
    corridors: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a country."""
        return table_of(self)


def dependence(remittances: xr.DataArray, base: xr.DataArray) -> xr.DataArray:
    """Remittances as a percentage of product, exports, or what households spend.

    Parameters
    ----------
    remittances : DataArray [...], USD or million USD
        Received or paid in a year.
    base : DataArray [...], USD or million USD
        Gross domestic product, exports, or household consumption, of the same years.

    Returns
    -------
    DataArray [...], percent
        Missing where either is missing or the base is 0.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        An amount is negative (``NegativeInput``).
    UnitsError
        The unit of an array is not stated, or is not US dollars (``UnitMismatch``).

    See Also
    --------
    import_cover : The same against imports, in months.

    Examples
    --------
    >>> here = {"country": ["TJK"]}
    >>> received = xr.DataArray([3_640.0], coords=here, attrs={"units": "million USD"})
    >>> product = xr.DataArray([9.1e9], coords=here, attrs={"units": "USD"})
    >>> dependence(received, product).round(1).item()
    40.0
    """
    share = 100.0 * _ratio(remittances, base)
    return stamp(
        share, name="dependence", units="percent", kind="share", inputs=(remittances, base)
    )


def import_cover(remittances: xr.DataArray, imports: xr.DataArray) -> xr.DataArray:
    """Months of imports that a year's remittances pay for.

    Parameters
    ----------
    remittances : DataArray [...], USD or million USD
        Received in a year.
    imports : DataArray [...], USD or million USD
        Imports of goods and services of the year.

    Returns
    -------
    DataArray [...], months

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        An amount is negative (``NegativeInput``).
    UnitsError
        A unit is not stated, or is not US dollars (``UnitMismatch``).

    Examples
    --------
    >>> received = xr.DataArray(500.0, attrs={"units": "million USD"})
    >>> import_cover(received, xr.DataArray(2e9, attrs={"units": "USD"})).item()
    3.0
    """
    cover = 12.0 * _ratio(remittances, imports)
    return stamp(
        cover, name="import_cover", units="months", kind="index", inputs=(remittances, imports)
    )


def remittances_per_person(remittances: xr.DataArray, people: xr.DataArray) -> xr.DataArray:
    """US dollars a head: of residents, or of the migrants who are believed to send them.

    Parameters
    ----------
    remittances : DataArray [...], USD or million USD
        Received or paid in a year.
    people : DataArray [...], persons
        Residents, emigrants, or migrants of each corridor.

    Returns
    -------
    DataArray [...], USD
        Missing where there is nobody.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A figure is negative (``NegativeInput``).
    UnitsError
        The unit of the amounts is not stated, or is not US dollars (``UnitMismatch``).

    Examples
    --------
    >>> received = xr.DataArray(500.0, attrs={"units": "million USD"})
    >>> remittances_per_person(received, xr.DataArray(250_000.0)).item()
    2000.0
    """
    each = _ratio(remittances, people.assign_attrs(units="USD"))
    return stamp(
        each, name="remittances_per_person", units="USD", kind="rate", inputs=(remittances, people)
    )


def corridor_concentration(amount: xr.DataArray, *, by: str = "receiver") -> CorridorConcentration:
    """Whether money comes through few corridors or many.

    Parameters
    ----------
    amount : DataArray [..., sender, receiver], any unit
        Amounts; a missing cell counts as none.
    by : {"receiver", "sender"}, optional
        Whose corridors.

    Returns
    -------
    CorridorConcentration
        Missing where a country has no amount at all.

    Raises
    ------
    SchemaError
        A dimension is missing, or an amount is negative (``NegativeInput``).

    Notes
    -----
    ``sum over j of (R_ij / R_i)^2``.

    Examples
    --------
    >>> cells = {"sender": ["RUS", "KAZ"], "receiver": ["UZB"]}
    >>> found = corridor_concentration(xr.DataArray([[3.0], [1.0]], coords=cells))
    >>> found.index.item(), found.largest_share.item(), found.largest.item()
    (0.625, 75.0, 'RUS')
    """
    require_dims(amount, "sender", "receiver", name="amount")
    refuse_negative(amount, name="amount")
    other = "sender" if by == "receiver" else "receiver"
    ordered = amount.transpose(..., by, other)
    cells = np.nan_to_num(ordered.to_numpy().astype(float))
    whole = cells.sum(axis=-1)
    share = over(cells, whole[..., None])
    none: Mask = whole <= 0
    codes = ordered.indexes[other].to_numpy().astype(str)
    largest = np.where(none, "", codes[cells.argmax(axis=-1)])
    like = ordered.isel({other: 0}, drop=True).rename({by: "country"})

    def stamped(values: Floats, name: str, units: str) -> xr.DataArray:
        reason = missing_reason(like, {"no amount": none})
        return stamp(
            like.copy(data=values), name=name, units=units, kind="index", inputs=(amount,), **reason
        )

    return CorridorConcentration(
        index=stamped((share**2).sum(axis=-1), "concentration", "share"),
        largest_share=stamped(100 * share.max(axis=-1), "largest_share", "percent"),
        largest=stamped(largest, "largest", "code"),
        corridors=stamped((cells > 0).sum(axis=-1).astype(float), "corridors", "corridors"),
    )


def _ratio(part: xr.DataArray, base: xr.DataArray) -> xr.DataArray:
    """Part over base, both in dollars; missing where the base is not above 0."""
    for array in (part, base):
        refuse_negative(array, name=str(array.name or "amount"))
    factor = _in_dollars(part) / _in_dollars(base)
    part, base = same_cells(part, base)
    return factor * part / base.where(base > 0)


def _in_dollars(array: xr.DataArray) -> float:
    units = str(array.attrs.get("units", ""))
    if units not in _DOLLARS:
        raise UnitsError(
            f"the unit is {units or 'not stated'}",
            where=str(array.name or "amount"),
            remedy=f"say {' or '.join(_DOLLARS)} in attrs['units']",
            id="UnitMismatch",
        )
    return _DOLLARS[units]
