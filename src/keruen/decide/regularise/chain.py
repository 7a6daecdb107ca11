# SPDX-License-Identifier: Apache-2.0
"""Legal status year by year: irregular, short permit, long permit, left; in whole persons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of, whole_parts

STATES: Final = ("irregular", "short", "long", "left")
"""States of the chain: no permit, short permit, long permit, gone from the country."""
NEXT: Final = "next_status"
_CLOSE: Final = 1e-9


@dataclass(frozen=True)
class StatusRates:
    """Yearly chances that legal status changes; each a share from 0 to 1.

    Parameters
    ----------
    job_kept : float or DataArray
        Of permit holders, those who have a job when the permit ends.
    renewed_with_job, renewed_without_job : float or DataArray
        Of permits that end, those renewed, by whether the holder has a job.
    to_long : float or DataArray
        Of permits renewed, those renewed as a long permit.
    lapsed_left : float or DataArray
        Of people whose permit ends for good, those who leave; the others become irregular.
    irregular_left, short_left, long_left : float or DataArray
        People who leave the country within a year.
    long_lost : float or DataArray
        Of long permits, those lost within a year.

    See Also
    --------
    status_transitions : Makes the matrix.
    """

    job_kept: Number
    renewed_with_job: Number
    renewed_without_job: Number = 0.0
    to_long: Number = 0.0
    lapsed_left: Number = 0.0
    irregular_left: Number = 0.0
    short_left: Number = 0.0
    long_left: Number = 0.0
    long_lost: Number = 0.0

    def renewed(self) -> xr.DataArray:
        """Share of ending permits that are renewed.

        Returns
        -------
        DataArray [as given], share

        Notes
        -----
        ``j r1 + (1 - j) r0`` with ``j`` the share that kept a job.

        Examples
        --------
        >>> round(StatusRates(0.885, 1.0, 0.826).renewed().item(), 3)
        0.98
        """
        kept, with_job = xr.DataArray(self.job_kept), xr.DataArray(self.renewed_with_job)
        return kept * with_job + (1 - kept) * self.renewed_without_job


def status_transitions(rates: StatusRates, *, permit_years: int, years: int) -> xr.DataArray:
    """Yearly chances of passing from each status to each other.

    Parameters
    ----------
    rates : StatusRates
        Chances.
    permit_years : int
        Length of a short permit; all begin with the programme.
    years : int
        Years to follow.

    Returns
    -------
    DataArray [year, status, next_status, ...], probability
        ``year`` counts from the programme; rows sum to 1.

    Raises
    ------
    SchemaError
        A share is missing or outside 0 to 1, or a number of years is not 1 or more
        (``InputError``); all faults at once.

    See Also
    --------
    project_status : Applies them.

    Notes
    -----
    A short permit ends in every ``permit_years``-th year after the programme: then the holder
    who has not left renews it, as a short or a long one, or becomes irregular or leaves. In
    the years between only leaving ends it.

    Examples
    --------
    >>> rates = StatusRates(job_kept=0.9, renewed_with_job=1.0, to_long=0.5)
    >>> matrix = status_transitions(rates, permit_years=2, years=2)
    >>> matrix.sel(year=2, status="short").round(2).values.tolist()
    [0.1, 0.45, 0.45, 0.0]
    """
    r, faults = numbers_of(asdict(rates), dict.fromkeys(asdict(rates), SHARE))
    faults += [
        SchemaError(f"{name} is {value}", where=name, remedy="give 1 or more", id="InputError")
        for name, value in (("permit_years", permit_years), ("years", years))
        if value < 1
    ]
    raise_faults(faults, where="changes of status")
    cells = dict(zip(r, xr.broadcast(*r.values()), strict=True))
    rest = cells["job_kept"]
    numbers = {name: array.to_numpy() for name, array in cells.items()}
    turns = {turn: _year_matrix(numbers, ends=turn) for turn in (False, True)}
    values = np.stack([turns[year % permit_years == 0] for year in range(1, years + 1)])
    coords = {"year": np.arange(1, years + 1), **{d: rest.coords[d] for d in rest.dims}}
    states = {"status": list(STATES), NEXT: list(STATES)}
    laid = xr.DataArray(values, coords | states, dims=["year", *rest.dims, "status", NEXT])
    return stamp(laid, name="transition", units="share", kind="probability")


def _year_matrix(r: dict[str, np.ndarray], *, ends: bool) -> np.ndarray:
    """Chances ``[..., status, next]`` of a year in which short permits end, or of another."""
    none = np.zeros_like(r["job_kept"])
    there = 1 - r["short_left"]
    renewed = r["job_kept"] * r["renewed_with_job"] + (1 - r["job_kept"]) * r["renewed_without_job"]
    lapsed = there * (1 - renewed)
    short = [none, there, none, r["short_left"]]
    if ends:
        short = [
            lapsed * (1 - r["lapsed_left"]),
            there * renewed * (1 - r["to_long"]),
            there * renewed * r["to_long"],
            r["short_left"] + lapsed * r["lapsed_left"],
        ]
    long = 1 - r["long_left"]
    rows = [
        [1 - r["irregular_left"], none, none, r["irregular_left"]],
        short,
        [long * r["long_lost"], none, long * (1 - r["long_lost"]), r["long_left"]],
        [none, none, none, none + 1],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def project_status(
    start: xr.DataArray,
    transitions: xr.DataArray,
    *,
    new_irregular: Number = 0.0,
    pull: Number = 0.0,
) -> xr.DataArray:
    """People by status at the end of each year.

    Parameters
    ----------
    start : DataArray [status, ...], persons
        People when the programme has ended.
    transitions : DataArray [year, status, next_status, ...], probability
        Chances of each year; rows sum to 1.
    new_irregular : float or DataArray, persons a year
        Newcomers without permission.
    pull : float or DataArray, share
        By how much the programme raises their number: 0.1 is a tenth more.

    Returns
    -------
    DataArray [year, status, ...], whole persons
        Year 0 is the start. Those who left are counted up.

    Raises
    ------
    SchemaError
        Rows do not sum to 1 (``RowsNotOne``), or a number is missing or negative
        (``InputError``).
    CoverageError
        A status is missing.

    See Also
    --------
    status_transitions : Makes the matrix.

    Notes
    -----
    ``irregular[t+1] = irregular[t] stay + lost status[t] + new (1 + pull)``. Moves out of each
    status are whole persons that add up to the people in it, so that all people of a year and
    its newcomers are found again in the next.

    Examples
    --------
    >>> rates = StatusRates(job_kept=0.9, renewed_with_job=1.0)
    >>> chances = status_transitions(rates, permit_years=1, years=2)
    >>> people = xr.DataArray([50, 100, 0, 0], coords={"status": list(STATES)})
    >>> project_status(people, chances, new_irregular=10).sel(status="irregular").values.tolist()
    [50, 70, 89]
    """
    _check_chain(start, transitions)
    given = {"start": start, "new_irregular": new_irregular, "pull": pull}
    limits = {"start": POSITIVE, "new_irregular": POSITIVE, "pull": (-1.0, np.inf)}
    found, faults = numbers_of(given, limits)
    raise_faults(faults, where="people by status")
    came = found["new_irregular"] * (1 + found["pull"])
    began, chances, came = xr.broadcast(
        found["start"], transitions, came, exclude=["year", "status", NEXT]
    )
    rest = [d for d in chances.dims if d not in ("year", "status", NEXT)]
    people = np.rint(began.transpose(*rest, "status").to_numpy())
    steps = chances.transpose("year", *rest, "status", NEXT).to_numpy()
    new = np.rint(came.transpose(*rest).to_numpy())
    path = _followed(people, steps, new)
    years = np.concatenate([[int(transitions["year"][0]) - 1], transitions["year"].to_numpy()])
    coords = {"year": years, **{d: chances.coords[d] for d in rest}, "status": list(STATES)}
    laid = xr.DataArray(path, coords=coords, dims=["year", *rest, "status"])
    return stamp(laid, name="people", units="persons", kind="count", concept="stock")


def _followed(people: np.ndarray, steps: np.ndarray, new: np.ndarray) -> np.ndarray:
    """People by year; ``people [..., status]``, ``steps [year, ..., status, next]``."""
    path = [people.astype(np.int64)]
    for step in steps:
        now = path[-1]
        moved = whole_parts(now[..., None] * step, now).sum(axis=-2)
        moved[..., 0] += new.astype(np.int64)
        path.append(moved)
    return np.stack(path)


def _check_chain(start: xr.DataArray, transitions: xr.DataArray) -> None:
    require_dims(start, "status", name="start")
    require_dims(transitions, "year", "status", NEXT, name="transitions")
    faults: list[WorkbenchError] = []
    for array, dim in ((start, "status"), (transitions, "status"), (transitions, NEXT)):
        if list(array.indexes[dim]) != list(STATES):
            faults.append(
                CoverageError(
                    f"'{dim}' of {array.name or 'the input'} is not {few(STATES)}",
                    remedy="give these four, in this order",
                )
            )
    raise_faults(faults)
    gap = abs(transitions.sum(NEXT) - 1)
    if not bool((gap <= _CLOSE).all()) or bool((transitions < 0).any()):
        worst = float(gap.max())
        raise SchemaError(
            f"chances of a status do not add up to 1: off by {worst:.3g}",
            where="transitions",
            remedy="every row is a share for each of the four states, 1 together",
            id="RowsNotOne",
        )
