# SPDX-License-Identifier: Apache-2.0
"""Who may apply: irregular migrants that meet the rule of a programme, in whole persons."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import (
    AccountError,
    CoverageError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of, whole_cells

STAY: Final = "stay_years"
"""Dimension of completed years since arrival: lower bounds, the last group open."""


def stay_share(stay_years: xr.DataArray, *, least: float) -> xr.DataArray:
    """Share of each group by years since arrival that came at least so long ago.

    Parameters
    ----------
    stay_years : DataArray [stay_years], years
        Lower bounds of the groups; the last is open.
    least : float
        Years between the last day of arrival that the rule allows and the day of the stock.

    Returns
    -------
    DataArray [stay_years], share

    Raises
    ------
    CoverageError
        The rule divides the open group, of which nothing is known (``NotSplit``).

    See Also
    --------
    eligible_stock : Uses it.

    Notes
    -----
    Arrivals are even within a group.

    Examples
    --------
    >>> groups = xr.DataArray([0, 1, 5], coords={"stay_years": [0, 1, 5]})
    >>> stay_share(groups, least=3).values.tolist()
    [0.0, 0.5, 1.0]
    """
    lower = stay_years.to_numpy().astype(float)
    if least > lower[-1]:
        raise CoverageError(
            f"the rule asks for {least:g} years, and the last group is open from {lower[-1]:g}",
            where=STAY,
            remedy="give the stock with more groups by years since arrival",
            id="NotSplit",
        )
    upper = np.append(lower[1:], np.inf)
    width = np.where(np.isinf(upper), 1.0, upper - lower)
    share = np.clip((upper - least) / width, 0.0, 1.0)
    return stamp(
        xr.DataArray(share, coords={STAY: stay_years.to_numpy()}),
        name="stay_share", units="share", kind="share",
    )  # fmt: skip


def eligible_stock(
    stock: xr.DataArray,
    *,
    least_stay_years: float = 0.0,
    employer: Number | None = None,
    employer_needed: bool = False,
    clean_record: Number | None = None,
    clean_record_needed: bool = False,
) -> xr.DataArray:
    """Irregular migrants that meet the rule of a programme.

    Parameters
    ----------
    stock : DataArray [trajectory, origin, sector, stay_years], persons
        Irregular migrants, by any of these dimensions or none.
    least_stay_years : float, optional
        Years that they must have been in the country.
    employer : float or DataArray, optional
        Share that has an employer ready to sign.
    employer_needed : bool, optional
        Whether the rule asks for an employer.
    clean_record : float or DataArray, optional
        Share without a record that excludes.
    clean_record_needed : bool, optional
        Whether the rule asks for it.

    Returns
    -------
    DataArray [as stock], whole persons

    Raises
    ------
    SchemaError
        The rule asks for an employer or a clean record and no share is given
        (``NoEmployerData``, ``NoRecordData``), a share is outside 0 to 1, or people are
        missing or negative (``InputError``); all faults at once.
    CoverageError
        The rule asks for years that the stock does not tell (``NoArrivalData``,
        ``NotSplit``).

    See Also
    --------
    regularise : The whole programme.

    Notes
    -----
    ``N_E = sum U e`` with ``e`` the product of the shares that meet each condition:
    conditions are taken for independent within a cell. Every cell is a whole number, and
    cells add up to the rounded sum.

    Examples
    --------
    >>> people = xr.DataArray([100, 60], coords={"stay_years": [0, 1]})
    >>> rule = {"least_stay_years": 0.5, "employer": 0.8, "employer_needed": True}
    >>> eligible_stock(people, **rule).values.tolist()
    [40, 48]
    """
    require_dims(stock, name="stock")
    shares: dict[str, Number] = {}
    faults: list[WorkbenchError] = []
    for name, share, needed, fault in (
        ("employer", employer, employer_needed, "NoEmployerData"),
        ("clean_record", clean_record, clean_record_needed, "NoRecordData"),
    ):
        if needed and share is None:
            faults.append(_no_data(name, fault))
        elif needed and share is not None:
            shares[name] = share
    (found, wrong) = numbers_of(
        {"stock": stock, **shares}, {"stock": POSITIVE, "employer": SHARE, "clean_record": SHARE}
    )
    if least_stay_years > 0 and STAY not in stock.dims:
        faults.append(
            CoverageError(
                f"the rule asks for {least_stay_years:g} years in the country, and the stock does "
                "not tell years since arrival",
                where="stock",
                remedy=f"give the stock with the dimension {STAY}, or drop the condition",
                id="NoArrivalData",
            )
        )
    raise_faults([*faults, *wrong], where="the programme")
    part = found.pop("stock")
    if least_stay_years > 0:
        part = part * stay_share(part[STAY], least=least_stay_years)
    for share in same_cells(part, *found.values())[1:]:
        part = part * share
    return stamp(
        whole_cells(part), name="eligible", units="persons", kind="count", inputs=[stock],
        concept="stock",
    )  # fmt: skip


def _no_data(name: str, fault: str) -> WorkbenchError:
    return SchemaError(
        f"the rule asks for {name.replace('_', ' ')}, and no share that has it is given",
        where=name,
        remedy=f"give {name}, a share from 0 to 1 for all or by sector, or drop the condition",
        id=fault,
    )


def check_approvals(
    eligible: xr.DataArray,
    approved: float,
    *,
    did: Literal["were approved", "applied"] = "were approved",
) -> None:
    """Refuse a stock that has fewer eligible people than were approved.

    Parameters
    ----------
    eligible : DataArray [trajectory, ...], persons
        Eligible people.
    approved : float, persons
        People approved.
    did : {"were approved", "applied"}, optional
        What they did, for the message.

    Raises
    ------
    AccountError
        Fewer are eligible than were approved, in all draws or in some (``CoherenceError``).

    See Also
    --------
    eligible_stock : Counts them.

    Examples
    --------
    >>> try:
    ...     check_approvals(xr.DataArray(100_000), 164_586)
    ... except AccountError as fault:
    ...     print(fault.id, fault.what, sep=": ")
    CoherenceError: 164,586 people were approved and only 100,000 are eligible
    """
    people = eligible.sum([d for d in eligible.dims if d != "trajectory"]).to_numpy().reshape(-1)
    short = people < approved
    if not short.any():
        return
    some = f" in {short.mean():.1%} of the draws" if people.size > 1 else ""
    raise AccountError(
        f"{approved:,.0f} people {did} and only {people.min():,.0f} are eligible{some}",
        where="stock against approvals",
        remedy="the estimate of the stock, or the rule of eligibility, is wrong: its lower limit "
        "cannot be below these people",
        id="CoherenceError",
    )
