# SPDX-License-Identifier: Apache-2.0
"""What missed links between documents do to migration flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError, raise_faults
from keruen.measure._documents import Trips
from keruen.measure.linkage import PLACEHOLDERS, LinkedRecords

_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class MissedLinks:
    """Round trips whose two crossings stayed with different persons.

    Parameters
    ----------
    trips : int
        Round trips of people whose identity is known otherwise.
    missed : int
        Those whose ends were not linked.
    rate : float
        Share missed.
    lower, upper : float
        95 % interval of the share (Wilson).

    See Also
    --------
    missed_links : Makes it.
    """

    trips: int
    missed: int
    rate: float
    lower: float
    upper: float


def missed_links(
    linked: LinkedRecords, *, truth: Sequence[str], within_days: int = 487
) -> MissedLinks:
    """Share of round trips that the linkage took for two persons.

    Parameters
    ----------
    linked : LinkedRecords
        Records linked without the columns of ``truth``.
    truth : sequence of str
        Columns that tell the person for sure where they are given, such as a national number;
        the others are left out.
    within_days : int, optional
        Longest round trip looked at, in days.

    Returns
    -------
    MissedLinks

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), or nobody is known (``NothingKnown``).

    See Also
    --------
    corrected_flow : What the flow would be without.

    Notes
    -----
    A round trip is a crossing and the next one of the same person the other way. If its ends
    have different persons, the first looks like a long-term departure or arrival and the
    second like another the other way.

    Examples
    --------
    >>> from datetime import datetime
    >>> from keruen.measure.linkage import link_documents
    >>> from keruen.sources.records import table_records
    >>> table = table_records(
    ...     person_id=["A1", "X9"],
    ...     event_time=[datetime(2024, 1, 1), datetime(2024, 2, 1)],
    ...     direction=[0, 1],
    ...     name=["Aliya Bek", "Alia Bek"],
    ...     national_id=["77", "77"],
    ... )
    >>> found = missed_links(link_documents(table, keys=[("name",)]), truth=["national_id"])
    >>> found.trips, found.missed
    (1, 1)
    """
    lacking = [
        SchemaError(f"no column '{name}'", where="linked", remedy="add it", id="MissingColumn")
        for name in (*truth, "direction")
        if name not in linked.records.schema.names
    ]
    raise_faults(lacking)
    trips, missed = Trips.counted(linked.records, truth, PLACEHOLDERS, within_days)
    if not trips:
        raise SchemaError(
            "no round trip of a person known for sure",
            where=", ".join(truth),
            remedy="name columns that tell persons in these records, or take a clerical sample",
            id="NothingKnown",
        )
    return MissedLinks(trips, missed, *wilson(missed, trips))


def wilson(found: int, cases: int) -> tuple[float, float, float]:
    """A share and its 95 % interval.

    Parameters
    ----------
    found, cases : int
        Cases of one sort, and all.

    Returns
    -------
    float, float, float
        The share, and the bounds of Wilson's interval.

    Examples
    --------
    >>> [round(value, 4) for value in wilson(1, 10)]
    [0.1, 0.0179, 0.4042]
    """
    rate = found / cases
    middle = (rate + _Z95**2 / (2 * cases)) / (1 + _Z95**2 / cases)
    half = _Z95 / (1 + _Z95**2 / cases)
    half *= float(np.sqrt(rate * (1 - rate) / cases + _Z95**2 / (4 * cases**2)))
    return rate, max(middle - half, 0.0), min(middle + half, 1.0)


def corrected_flow(flow: xr.DataArray, trips: xr.DataArray, *, missed: MissedLinks) -> xr.DataArray:
    """Gross flow without the false migrations that missed links make, by a rule of thumb.

    Parameters
    ----------
    flow : DataArray [any dims], persons
        Long-term arrivals, or departures.
    trips : DataArray [same dims], count
        Short round trips that each cell could have taken for migrations.
    missed : MissedLinks
        Share of trips not linked.

    Returns
    -------
    DataArray [quantile, ...], persons
        Quantiles 0.025, 0.5 and 0.975; below zero where the correction exceeds the flow.

    Raises
    ------
    CoverageError
        Flow and trips do not hold the same cells.

    See Also
    --------
    missed_links : Makes the share.
    keruen.measure.fault_effects.corrected_flows : From the crossings themselves: not all missed
        links make a false migration, most of all where people travel often.

    Notes
    -----
    ``flow - rate trips``; the interval is that of the rate and of the number missed at such a
    rate. The net of arrivals and
    departures is nearly free of this error, because each missed link makes one of both.

    Examples
    --------
    >>> month = {"month": ["2024-01"]}
    >>> flow = xr.DataArray([20000.0], coords=month)
    >>> trips = xr.DataArray([15e6], coords=month)
    >>> share = MissedLinks(100000, 100, 0.001, 0.0008, 0.0012)
    >>> corrected_flow(flow, trips, missed=share).sel(quantile=0.5).item()
    5000.0
    """
    flow, trips = same_cells(flow, trips)
    coords = {"quantile": [0.025, 0.5, 0.975]}
    rate = xr.DataArray([missed.upper, missed.rate, missed.lower], coords=coords)
    side = xr.DataArray([-1, 0, 1], coords=coords)
    chance = _Z95**2 * trips * missed.rate * (1 - missed.rate)
    play = np.sqrt(((rate - missed.rate) * trips) ** 2 + chance)
    return stamp(
        flow - missed.rate * trips + side * play,
        name="corrected_flow",
        units="persons",
        kind="count",
    )
