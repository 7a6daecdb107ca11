# SPDX-License-Identifier: Apache-2.0
"""A regularisation programme from its law to what it changes: people, status, treasury."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import FaultsError, SchemaError, WorkbenchError, raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of, whole_cells
from keruen.decide.regularise.chain import STATES, StatusRates, project_status, status_transitions
from keruen.decide.regularise.fiscal import Economy, fiscal_effect, income_gain, present_value
from keruen.decide.regularise.law import Context, Programme
from keruen.decide.regularise.result import Regularisation
from keruen.decide.regularise.stock import check_approvals, eligible_stock
from keruen.decide.regularise.takeup import PART, Fee, TakeUp, take_up_by_part, window_parts


def regularise(
    stock: xr.DataArray,
    programme: Programme,
    *,
    take_up: TakeUp | Number,
    rates: StatusRates,
    economy: Economy,
    context: Context | None = None,
    years: int = 10,
    approved: int | None = None,
) -> Regularisation:
    """What a regularisation programme does to people, status and the treasury.

    Parameters
    ----------
    stock : DataArray [trajectory, origin, sector, stay_years], persons
        Irregular migrants by any of these dimensions or none; draws carry what is not known.
    programme : Programme
        What the law says.
    take_up : TakeUp, float or DataArray
        Coefficients of the chance to apply, or the share that applies as stated.
    rates : StatusRates
        How legal status changes from year to year.
    economy : Economy
        Wages, taxes and public costs.
    context : Context, optional
        Approval, employers, newcomers, remittances.
    years : int, optional
        Years to follow after the programme.
    approved : int, optional
        People approved as published, in place of those the model gives: for a programme of
        the past.

    Returns
    -------
    Regularisation

    Raises
    ------
    SchemaError
        A number is missing or outside what it may be (``InputError``), an employer is needed
        and nothing is known of employers (``NoEmployerData``), or the range of the pull does
        not hold it (``NoPullRange``).
    AccountError
        More were approved than are eligible (``CoherenceError``).
    ScenarioError
        No fee is stated for the opening day (``RuleError``).
    CoverageError
        The rule asks for years in the country that the stock does not tell.

    See Also
    --------
    keruen.decide.regularise.triple_win : Who gains.

    Notes
    -----
    Stock to eligible to applicants to approved are whole persons in every draw, each no more
    than the one before in every cell. The amounts of a year count those who hold a permit at
    its start.

    Examples
    --------
    >>> from datetime import date
    >>> law = Programme(date(2027, 1, 1), date(2027, 7, 1), 3, [Fee(date(2027, 1, 1), 100.0)])
    >>> found = regularise(
    ...     xr.DataArray(1000), law, take_up=0.5, rates=StatusRates(0.9, 0.95),
    ...     economy=Economy(400, 0.1, 0.8, 0.3, new_revenue=0.55), years=6)
    >>> found.approved.item(), found.legal.values.tolist()
    (500, [500, 500, 500, 427, 427, 427, 365])
    """
    given = context or Context()
    _refuse_all(
        lambda: _stated(take_up, approved),
        lambda: _eligible(xr.DataArray(stock), programme, given),
        lambda: window_parts(programme.opens, programme.closes, programme.fees),
        lambda: status_transitions(rates, permit_years=programme.permit_years, years=years),
        economy.checked,
        lambda: _checked(given),
    )
    parts = window_parts(programme.opens, programme.closes, programme.fees)
    rate = _checked(given)
    people = whole_cells(xr.DataArray(stock).astype(float))
    eligible = _eligible(people, programme, given)
    gain = income_gain(economy)
    shares = take_up_by_part(
        take_up, parts, net_gain=gain, wage=economy.wage_month,
        employer_needed=programme.employer_needed,
    )  # fmt: skip
    if approved is not None:
        shares = _implied(take_up_by_part(1.0, parts), eligible, approved, rate["approval_rate"])
    applicants = _people(whole_cells(eligible * shares.sum(PART)), "applicants", stock)
    granted = applicants * rate["approval_rate"]
    if approved is not None:
        granted = applicants / _all(applicants) * float(approved)
    granted = _people(whole_cells(granted), "approved", stock)
    fee = _mean_fee(shares, parts)
    effect = fiscal_effect(economy, fee=fee, permit_years=programme.permit_years)
    moves = status_transitions(rates, permit_years=programme.permit_years, years=years)
    moves = moves.assign_coords(year=moves["year"] + programme.last_day.year)
    paths = _paths(_all(people), _all(granted), moves, given)
    legal = paths["people"].sel(status=["short", "long"]).sum("status").isel(year=slice(0, -1))
    legal = legal.assign_coords(
        year=legal["year"] + 1
    )  # who is legal at the end of a year pays in the next
    fiscal = stamp(legal * effect.net, name="fiscal", units="money", kind="money")
    gross = stamp(legal * effect.revenue, name="gross", units="money", kind="money")
    numbers = economy.checked()
    discount = numbers["discount_rate"]
    return Regularisation(
        programme, people, eligible, shares, applicants, granted, fee, **paths, effect=effect,
        fiscal=fiscal, gross=gross, value=present_value(fiscal, discount_rate=discount),
        gross_value=present_value(gross, discount_rate=discount), gain=gain,
        remittance_share=rate["remittance_share"],
        formal=numbers["formal_after"] - numbers["formal_before"],
    )  # fmt: skip


def _eligible(stock: xr.DataArray, programme: Programme, given: Context) -> xr.DataArray:
    return eligible_stock(
        stock, least_stay_years=programme.least_stay_years,
        employer=given.employer, employer_needed=programme.employer_needed,
        clean_record=given.clean_record, clean_record_needed=programme.clean_record_needed,
    )  # fmt: skip


def _stated(take_up: TakeUp | Number, approved: int | None) -> None:
    given: dict[str, Number] = {} if isinstance(take_up, TakeUp) else {"take_up": take_up}
    given |= {} if approved is None else {"approved": float(approved)}
    raise_faults(numbers_of(given, {"take_up": SHARE, "approved": (1.0, float("inf"))})[1])


def _refuse_all(*checks: Callable[[], object]) -> None:
    """Raise whatever is wrong with any of the inputs, all of it at once."""
    faults: list[WorkbenchError] = []
    for check in checks:
        try:
            check()
        except FaultsError as found:
            faults += found.faults
        except WorkbenchError as fault:
            faults.append(fault)
    raise_faults(faults, where="the programme")


def _all(array: xr.DataArray) -> xr.DataArray:
    """Sum over everything but draws."""
    return array.sum([d for d in array.dims if d != "trajectory"])


def _implied(
    spread: xr.DataArray, eligible: xr.DataArray, approved: int, rate: xr.DataArray
) -> xr.DataArray:
    """Take-up that the published approvals imply, even over the window."""
    check_approvals(eligible, approved)
    asked = approved / rate
    check_approvals(eligible, float(asked.max()), did="applied")
    return stamp(spread * asked / _all(eligible), name="take_up", units="share", kind="share")


def _mean_fee(shares: xr.DataArray, parts: Sequence[tuple[Fee, float]]) -> xr.DataArray:
    """What an applicant pays on average over the parts of the window."""
    days = shares[PART].to_numpy()
    paid = sum(
        (shares.sel({PART: day}, drop=True) * fee.amount
         for (fee, _), day in zip(parts, days, strict=True)),
        start=xr.DataArray(0.0),
    )  # fmt: skip
    everyone = shares.sum(PART)
    first = xr.DataArray(parts[0][0].amount)
    mean = (paid / everyone).where(everyone > 0, first)
    return stamp(mean, name="fee", units="money", kind="money")


def _paths(
    stock: xr.DataArray, approved: xr.DataArray, moves: xr.DataArray, given: Context
) -> dict[str, xr.DataArray]:
    """People by status with the programme, without it, and irregular at the ends of the pull."""
    start = _start(stock - approved, approved)
    facts = {"new_irregular": given.new_irregular}
    ends = [
        project_status(start, moves, **facts, pull=pull).sel(status="irregular", drop=True)
        for pull in given.pull_range
    ]
    pulled = xr.concat(ends, dim="bound").assign_coords(bound=["least", "most"])
    return {
        "people": project_status(start, moves, **facts, pull=given.pull),
        "without": project_status(_start(stock, approved * 0), moves, **facts),
        "pulled": stamp(pulled, name="irregular", units="persons", kind="count", concept="stock"),
    }


def _start(irregular: xr.DataArray, short: xr.DataArray) -> xr.DataArray:
    nobody = irregular * 0
    laid = xr.concat(list(xr.broadcast(irregular, short, nobody, nobody)), dim="status")
    return laid.assign_coords(status=list(STATES))


def _people(array: xr.DataArray, name: str, stock: xr.DataArray) -> xr.DataArray:
    return stamp(array, name=name, units="persons", kind="count", inputs=[xr.DataArray(stock)])


def _checked(given: Context) -> dict[str, xr.DataArray]:
    low, high = given.pull_range
    numbers = {"approval_rate": given.approval_rate, "remittance_share": given.remittance_share,
               "new_irregular": given.new_irregular, "pull": given.pull}  # fmt: skip
    limits = {"approval_rate": SHARE, "remittance_share": SHARE, "new_irregular": POSITIVE}
    found, faults = numbers_of(numbers, {**limits, "pull": (-1.0, float("inf"))})
    problem: list[WorkbenchError] = []
    pull = found["pull"]
    if not (-1 <= low < high and float(pull.min()) >= low and float(pull.max()) <= high):
        problem.append(
            SchemaError(
                f"a pull of {float(pull.mean()):g} with the range {low:g} to {high:g}",
                where="pull_range",
                remedy="give a range that holds the pull, not a point: studies disagree",
                id="NoPullRange",
            )
        )
    raise_faults([*faults, *problem], where="the context")
    return found
