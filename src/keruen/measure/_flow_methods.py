# SPDX-License-Identifier: Apache-2.0
"""The eight methods, from checked inputs to factors of flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from keruen.core.arrays import few
from keruen.core.errors import AccountError, ConvergenceError, InfeasibleError
from keruen.measure._accounting import (
    Account,
    balance_globally,
    close_account,
    open_account,
    remove_births,
    remove_deaths,
)
from keruen.measure._flow_changes import Change
from keruen.measure._flow_inputs import FlowInputs
from keruen.measure._flow_options import Options
from keruen.measure._parts import Part, independence_part, minimum_part
from keruen.measure._programme import conflict
from keruen.measure._scaling import Floats


@dataclass(frozen=True)
class Solved:
    """Factors of the flows, the account they rest on, and what was done to get there.

    Parameters
    ----------
    parts : tuple of Part
        Components of the flows.
    account : Account
        Tables the flows were fitted to; the stocks themselves for methods without account.
    changes : tuple of Change
        Steps that changed stocks.
    gap : ndarray [table]
        Global gap before balancing.
    error : ndarray [table]
        Largest relative margin error.
    """

    parts: tuple[Part, ...]
    account: Account
    changes: tuple[Change, ...]
    gap: Floats
    error: Floats


def solve(method: str, inputs: FlowInputs, options: Options) -> Solved:
    """Factors of the flows by the method named."""
    if method in _SIMPLE:
        return _without_account(_SIMPLE[method](inputs, options), inputs)
    account, changes, gap = _account(inputs, options, closed=method != "open")
    solved = Solved((), account, changes, gap, account.error)
    if method in ("open", "closed", "pseudo_bayes"):
        solved = _with_part(solved, inputs, options, minimum_part, options.log_seed)
    if method in ("independence", "pseudo_bayes"):
        solved = _with_part(solved, inputs, options, independence_part, options.log_seed)
    if method == "transport":
        solved = _with_part(solved, inputs, options, independence_part, options.log_cost)
    if method == "pseudo_bayes":
        shares = (options.weight, 1.0 - options.weight)
        mixed = [replace(part, share=s) for part, s in zip(solved.parts, shares, strict=True)]
        solved = replace(solved, parts=tuple(mixed))
    return solved


def _difference(inputs: FlowInputs, *, returning: bool) -> tuple[Part, ...]:
    """Growth of a stock is a move from the birthplace; a fall is nothing, or a return."""
    change = inputs.end - inputs.start
    places = np.arange(change.shape[-1])
    change[:, places, places] = 0.0
    home = np.broadcast_to(np.eye(len(places)), change.shape)
    nobody, share = np.zeros_like(change), np.ones(len(change))
    outward = Part(home, np.maximum(change, 0.0), nobody, None, share)
    if not returning:
        return (outward,)
    return outward, Part(np.maximum(-change, 0.0), home, nobody, None, share)


def _rate(inputs: FlowInputs, options: Options) -> tuple[Part, ...]:
    """All moves of the world, spread like the stocks of foreign-born at the start."""
    foreign = inputs.start.copy()
    places = np.arange(foreign.shape[-1])
    foreign[:, places, places] = 0.0
    everyone = foreign.sum(axis=(1, 2))
    if (everyone == 0).any():
        raise AccountError(
            "nobody lives outside the birthplace at the start",
            where=inputs.cells(everyone == 0) or "stock_start",
            remedy="the rate method needs foreign-born people: use another method",
            id="AllZero",
        )
    total = options.world_total
    if total is None:
        natural = 0.0 if inputs.births is None else inputs.births - np.asarray(inputs.deaths)
        net = inputs.end.sum(axis=1) - inputs.start.sum(axis=1) - natural
        total = np.abs(net).sum(axis=1)
    moved = foreign * (total / everyone)[:, None, None]
    home = np.broadcast_to(np.eye(len(places)), foreign.shape)
    return (Part(home, moved, np.zeros_like(moved), None, np.ones(len(moved))),)


_SIMPLE: Final[dict[str, Callable[[FlowInputs, Options], tuple[Part, ...]]]] = {
    "difference_zero": lambda inputs, _: _difference(inputs, returning=False),
    "difference_return": lambda inputs, _: _difference(inputs, returning=True),
    "rate": _rate,
}


def _without_account(parts: tuple[Part, ...], inputs: FlowInputs) -> Solved:
    nothing, count = np.zeros_like(inputs.start), len(inputs.start)
    account = Account(
        start=inputs.start,
        end=inputs.end,
        unmatched_start=inputs.start,
        unmatched_end=inputs.end,
        outside_out=nothing,
        outside_in=nothing,
        error=np.zeros(count),
        iterations=np.zeros(count, dtype=np.int64),
    )
    return Solved(parts, account, _native_cuts(inputs), np.zeros(count), np.zeros(count))


def _native_cuts(inputs: FlowInputs) -> tuple[Change, ...]:
    reason = "foreign-born exceed the population: native-born 0, column scaled to the population"
    cuts = (
        ("stock_start", inputs.cut_start, inputs.start),
        ("stock_end", inputs.cut_end, inputs.end),
    )
    return tuple(
        Change(name, before, after, reason) for name, before, after in cuts if before is not None
    )


def _account(
    inputs: FlowInputs, options: Options, *, closed: bool
) -> tuple[Account, tuple[Change, ...], Floats]:
    """Steps 1 to 4: global balance, deaths, births, equal birthplace totals."""
    zeros = np.zeros(inputs.start.shape[:2])
    births = zeros if inputs.births is None else inputs.births
    deaths = zeros if inputs.deaths is None else inputs.deaths
    start, end, gap = inputs.start, inputs.end, np.zeros(len(zeros))
    changes = _native_cuts(inputs)
    _refuse_excess(inputs, deaths, start.sum(axis=1), "deaths", "at the start")
    _refuse_excess(inputs, births, end.sum(axis=1), "births", "at the end")
    if closed:
        start, end, gap, factors = balance_globally(start, end, births, deaths)
        _refuse_gap(inputs, gap, factors)
        reason = "global balance: the world grows by births less deaths"
        changes += (
            Change("stock_start", inputs.start, start, reason),
            Change("stock_end", inputs.end, end, reason),
        )
        _refuse_excess(inputs, deaths, start.sum(axis=1), "deaths", "at the balanced start")
        _refuse_excess(inputs, births, end.sum(axis=1), "births", "at the balanced end")
    survivors = remove_deaths(start, deaths)
    older, spread = remove_births(end, births)
    if spread.any():
        taken = end - np.einsum("tr,rs->trs", births, np.eye(births.shape[1]))
        only = np.where(spread[:, None, :], taken, older)
        reason = "births exceed the native-born: spread over all birthplaces"
        changes += (Change("born before the interval, at the end", only, older, reason),)
    if closed:
        account = close_account(
            survivors, older, rtol=options.rtol, max_iterations=options.max_iterations
        )
        _refuse_unclosed(inputs, account, options)
        reason = "birthplace totals made equal"
    else:
        account = open_account(survivors, older, own_shares=options.own_shares)
        reason = "surplus of the birthplace left or entered the system"
    changes += (
        Change("survivors of the start", account.unmatched_start, account.start, reason),
        Change("born before the interval, at the end", account.unmatched_end, account.end, reason),
    )
    return account, changes, gap


def _refuse_gap(inputs: FlowInputs, gap: Floats, factors: Floats) -> None:
    bad = (factors <= 0).any(axis=1)
    if bad.any():
        table = int(np.argmax(bad))
        raise AccountError(
            f"births less deaths miss the growth of the stocks by {gap[table]:,.0f} persons, "
            "more than all native-born",
            where=inputs.label(table),
            remedy="check units and interval of births and deaths, or use method='open'",
            id="InconsistentTotals",
        )


def _refuse_excess(
    inputs: FlowInputs, events: Floats, residents: Floats, name: str, when: str
) -> None:
    bad = events > residents * (1 + 1e-12)
    if bad.any():
        raise AccountError(
            f"{name} of the interval exceed the population {when}",
            where=inputs.cells(bad, (inputs.dim,)),
            remedy=f"check {name} and stocks: units, interval, missing rows",
            id="InconsistentTotals",
        )


def _refuse_unclosed(inputs: FlowInputs, account: Account, options: Options) -> None:
    """Say why birthplace totals could not be made equal: which people have nowhere to be."""
    bad = np.flatnonzero(~(account.error <= options.rtol))
    if not bad.size:
        return
    table = int(bad[np.argmax(account.error[bad])])
    target = (account.unmatched_start[table].sum(axis=1) + account.unmatched_end[table].sum(1)) / 2
    for name, stock in (("start", account.unmatched_start), ("end", account.unmatched_end)):
        columns = stock[table].sum(axis=0)
        found = conflict(stock[table] > 0, target * (columns.sum() / target.sum()), columns)
        if found is not None:
            born, living = inputs.places[found.rows], inputs.places[found.columns]
            what = (
                f"{found.need:,.0f} people in {few(living)} at the {name} cannot be filled by the "
                f"{found.room:,.0f} born in {few(born) or 'no place'}, who alone live there"
                if found.of_columns
                else f"{found.need:,.0f} people born in {few(born)} have room for "
                f"{found.room:,.0f} at the {name}, where they live only in "
                f"{few(living) or 'no place'}"
            )
            raise InfeasibleError(
                f"birthplace totals cannot be made equal: {what}",
                where=inputs.label(table),
                remedy="check the stocks of those places, merge them with a neighbour, or use "
                "method='open'",
                id="Infeasible",
            )
    raise _not_converged("birthplace totals", inputs.label(table), account.error[table], options)


def _not_converged(what: str, where: str, error: float, options: Options) -> ConvergenceError:
    return ConvergenceError(
        f"{what} were fitted to a relative margin error of {error:.2g}, not {options.rtol:g}",
        where=where,
        remedy="raise max_iterations, or accept a larger rtol",
        id="NotConverged",
        diagnostics={"margin_error": error, "max_iterations": options.max_iterations},
    )


def _with_part(
    solved: Solved,
    inputs: FlowInputs,
    options: Options,
    make: Callable[..., tuple[Part, Floats]],
    log_kernel: Floats | None,
) -> Solved:
    account = solved.account
    part, error = make(
        account.start,
        account.end,
        log_kernel=log_kernel,
        rtol=options.rtol,
        max_iterations=options.max_iterations,
    )
    if not (error <= options.rtol).all():
        _refuse_unfitted(inputs, account, part, error, options)
    worst = np.maximum(solved.error, error.max(axis=1))
    return replace(solved, parts=(*solved.parts, part), error=worst)


def _refuse_unfitted(
    inputs: FlowInputs, account: Account, part: Part, error: Floats, options: Options
) -> None:
    """Say which pairs a seed or cost forbids that the account of a birthplace needs."""
    table, born = np.argwhere(~(error <= options.rtol))[0]
    where = ", ".join(
        [
            *([inputs.label(int(table))] if inputs.shape else []),
            f"birthplace={inputs.places[born]}",
        ]
    )
    rows = account.start[table, born] - part.stay[table, born]
    columns = account.end[table, born] - part.stay[table, born]
    allowed = (part.kernel if part.kernel is not None else np.ones_like(rows)) > 0
    found = conflict(allowed, rows, columns * (rows.sum() / columns.sum()))
    if found is None:
        raise _not_converged("flows", where, float(error[table, born]), options)
    left, taken = inputs.places[found.rows], inputs.places[found.columns]
    what = (
        f"{found.need:,.0f} people of {few(taken)} may only come from {few(left) or 'no place'}, "
        f"which {found.room:,.0f} leave"
        if found.of_columns
        else f"{found.need:,.0f} people leaving {few(left)} may only go to "
        f"{few(taken) or 'no place'}, which take {found.room:,.0f}"
    )
    raise InfeasibleError(
        what,
        where=where,
        remedy="let the seed be positive (or the cost finite) for more pairs",
        id="Infeasible",
    )
