# SPDX-License-Identifier: Apache-2.0
"""Exhibits of the policy part: quota arithmetic, regularisations, who gains, evaluation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.decide.welfare import SIDES
from keruen.decide.welfare.triple_win import middle
from keruen.report.build import Desk
from keruen.report.document import Column, Exhibit, Figure, Row, Table
from keruen.report.locale import (
    Count,
    Listing,
    Message,
    Percent,
    Region,
    Value,
    Verbatim,
    Year,
    msg,
)
from keruen.report.welfare_exhibits import MILLION, figure_of
from keruen.report.welfare_page import assumptions_exhibit, movers_finding
from keruen.report.welfare_run import SIDES as DIRECTIONS
from keruen.report.welfare_words import HORIZON_NAMES, SIDE_NAMES, STATUSES

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.welfare_given import Side
    from keruen.report.welfare_run import WelfareRun
    from keruen.sources.parameters import Parameters

_DRAWS: Final = 400
_QUOTAS: Final = {
    "employers": msg("permits to employers"),
    "households": msg("labour immigrants in households"),
}
_WHERE: Final[dict[Side, Message]] = {
    "in": msg("Migration into the country"),
    "out": msg("Migration out of the country"),
}


@lru_cache(maxsize=4)
def dated_parameters(country: str) -> Parameters | None:
    """Dated parameters of a country; None where the package has none."""
    from keruen.sources.parameters import parameter_sets, read_parameters

    own = country.lower()
    if not any(name.startswith(f"{own}/") for name in parameter_sets()):
        return None
    return read_parameters(own)


@lru_cache(maxsize=4)
def _run(country: str, year: int | None) -> WelfareRun:
    from keruen.report.welfare_run import run_welfare

    return run_welfare(country, year=year, draws=_DRAWS, sensitivity=False, treasury=False)


def gains_findings(desk: Desk) -> tuple[Message, ...]:
    """Who is counted in the ledgers, and what the long run says of the country's own side."""
    found = []
    for side in DIRECTIONS:
        one = _run(desk.country, desk.year).directions[side]
        if one.ledger is not None:
            found.append(
                msg("{direction}: {movers}", direction=_WHERE[side],
                    movers=movers_finding(one.given))
            )  # fmt: skip
    return tuple(found)


def gains_gaps(desk: Desk) -> tuple[Message, ...]:
    """What the ledgers lack, by direction."""
    run = _run(desk.country, desk.year)
    return tuple(
        msg("{direction}: {gap}", direction=_WHERE[side], gap=gap)
        for side in DIRECTIONS
        for gap in run.directions[side].given.missing
    )


def assumed_exhibit(desk: Desk) -> Exhibit | None:
    """Every assumption behind who gains, where the country has parameters of its own."""
    run = _run(desk.country, desk.year)
    counted = any(one.ledger is not None for one in run.directions.values())
    if dated_parameters(desk.country) is None or not counted:
        return None
    return assumptions_exhibit(run, name="policy_assumptions")


def gains_exhibit(desk: Desk) -> Exhibit | None:
    """The triple-win table in brief: totals of the sides with intervals."""
    run = _run(desk.country, desk.year)
    rows = []
    for side in DIRECTIONS:
        one = run.directions[side]
        if one.ledger is None or bool(one.ledger.table.sides().isnull().all()):
            continue
        spread = middle(one.ledger.table.sides())
        for party in SIDES:
            cells: list[Figure] = []
            for horizon in ("long_run", "short_run"):
                at = {"party": party, "scenario": horizon}
                key = f"{side}_{party}"
                values = (spread[0].sel(at), spread[1].sel(at), spread[2].sel(at))
                whole = figure_of(f"policy_gains.{horizon}.{key}", values, MILLION, one.given,
                                  scale=1e6)  # fmt: skip
                cells.append(whole)
                cells += [
                    Figure(f"policy_gains.{end}_{horizon}.{key}", bound, MILLION, whole.period,
                           whole.sources, "estimate", signed=True)
                    for end, bound in (("low", whole.lower), ("high", whole.upper))
                ]  # fmt: skip
            name = msg("{direction}: {side}", direction=_WHERE[side], side=SIDE_NAMES[party])
            rows.append(Row(f"{side}_{party}", name, tuple(cells)))
    if not rows:
        return None
    columns = tuple(
        Column(f"{part}{horizon}", words, MILLION)
        for horizon in ("long_run", "short_run")
        for part, words in (("", HORIZON_NAMES[horizon]), ("low_", msg("from")),
                            ("high_", msg("to")))
    )  # fmt: skip
    assumed = len(run.inputs)
    return Exhibit(
        Table("policy_gains", msg("Who"), columns, tuple(rows)),
        msg("Who gains from a year's migration, in brief: gains and losses a year"),
        notes=(
            msg(
                "Median and limits of 95 of 100 draws of {count} assumptions, of which {open} are "
                "to be confirmed; they stand one by one in the files of {command}. Sides are "
                "never added up.",
                count=Verbatim(str(assumed)),
                open=Verbatim(str(run.unconfirmed)),
                command=Verbatim(f"keruen welfare {desk.country}"),
            ),
            msg(
                "Not counted: prices and rents, safety, language, family, third countries. The "
                "receiving side of departures and the sending side of arrivals are the partners."
            ),
        ),
    )


def quota_exhibit(desk: Desk) -> Exhibit | None:
    """Quotas of foreign labour in persons and in percent, and the labour force they imply."""
    from keruen.decide.quota import implied_labour_force

    held = dated_parameters(desk.country)
    if held is None or "kaz.labour_quota.employers" not in held.parameters:
        return None
    until = desk.year or 9999
    pair = {}
    for name in ("persons", "percent"):
        series = {}
        for one in _QUOTAS:
            key = f"kaz.labour_quota.{one}" + ("_persons" if name == "persons" else "")
            dated = {d.start.year: d.value for d in held.history(key)
                     if d.start.month == 1 and d.start.year <= until}  # fmt: skip
            series[one] = {y: float(str(v)) for y, v in dated.items() if v is not None}
        years = sorted({y for values in series.values() for y in values})
        pair[name] = xr.DataArray(
            [[values.get(y, np.nan) for y in years] for values in series.values()],
            coords={"series": list(_QUOTAS), "year": years},
        )
    years = sorted(set(pair["persons"]["year"].values) & set(pair["percent"]["year"].values))
    if not years:
        return None
    cells = {"year": years}
    found = implied_labour_force(pair["persons"].sel(cells), pair["percent"].sel(cells))
    force = desk.own("derived.labour_force")
    rows = tuple(_quota_row(row, force) for _, row in found.iterrows())
    columns = (
        Column("persons", msg("Persons, published")),
        Column("percent", msg("Of the labour force")),
        Column("implied", msg("Labour force that both imply")),
        Column("force", msg("Labour force, ILO estimate"), "persons"),
        Column("agrees", msg("Quotas of the year agree")),
    )
    return Exhibit(
        Table("policy_quotas", msg("Year and quota"), columns, rows),
        msg("Quotas of foreign labour in persons and in percent: which labour force they imply"),
        notes=(
            msg(
                "Both figures are rounded, so that each pair implies a range. Figures in persons "
                "stand to be confirmed against the yearly acts."
            ),
        ),
    )


def _quota_row(row: pd.Series[Any], force: xr.DataArray | None) -> Row:
    year, name = int(str(row["year"])), str(row["series"])
    held = force is not None and year in force.indexes["year"]
    value = float(force.sel(year=year)) if force is not None and held else None
    agrees = row["agrees"]
    known = agrees is True or agrees is False or isinstance(agrees, np.bool_)
    cells: tuple[Figure | Value, ...] = (
        Count(float(str(row["persons"]))),
        Percent(float(str(row["percent"])), 2),
        msg("{least} to {most}", least=Count(round(float(str(row["least"])), -4)),
            most=Count(round(float(str(row["most"])), -4))),
        Figure(f"policy_quotas.force.{year}.{name}", value, "persons", str(year),
               ("derived.labour_force",), "estimate"),
        (msg("yes") if agrees else msg("no")) if known else msg("one quota only"),
    )  # fmt: skip
    label = msg("{year}: {quota}", year=Year(year), quota=_QUOTAS[name])
    return Row(f"{year}.{name}", label, cells)


def regularisation_exhibit(desk: Desk) -> Exhibit | None:
    """Published regularisations beside the country's own; None where it had none."""
    from keruen.report.policy_words import CASES
    from keruen.report.regularise_cases import approved_shares
    from keruen.sources.policy_files import regularisation_cases

    cases = regularisation_cases()
    if desk.year is not None:
        cases = cases[cases["year"] <= desk.year]
    if desk.country not in set(cases["country"]):
        return None
    held, shares = set(cases["case"]), approved_shares(regularisation_cases())
    words = {
        "irregular_stock": msg("of the stock estimated then"),
        "registered": msg("of those registered"),
        "applications": msg("of applications"),
    }
    rows = tuple(
        Row(str(row["case"]), CASES[str(row["case"])], (
            Count(float(row["approved"])),
            Percent(float(row["percent"])),
            words[str(row["of"])],
            STATUSES.get(str(row["status"]), msg("published")),
        ))
        for row in shares.to_dict("records")
        if str(row["case"]) in held
    )  # fmt: skip
    columns = (
        Column("approved", msg("Approved, persons")),
        Column("percent", msg("Share approved")),
        Column("of", msg("Of what")),
        Column("status", msg("Status")),
    )
    return Exhibit(
        Table("policy_regularisations", msg("Programme"), columns, rows),
        msg("Published regularisation programmes beside the country's own"),
        notes=(
            msg(
                "Shares of different wholes cannot be compared. Sources of every figure stand in "
                "the files of keruen regularise."
            ),
        ),
    )


def evaluation_exhibit(desk: Desk) -> Exhibit | None:
    """Which method would fit a question on the resettlement quotas of the country's regions."""
    from keruen.decide.evaluate.applicability import Facts, applicability
    from keruen.report.evaluate_tables import methods_table

    held = dated_parameters(desk.country)
    key = "kaz.resettlers_quota"
    if held is None or f"{key}.regions" not in held.parameters:
        return None
    moved = desk.national("region.net_migration_residual.net_migration")
    tables = [one.value for one in held.history(f"{key}.regions") if isinstance(one.value, dict)]
    first = held.history(key)[0].start.year
    if moved is None or not tables or (desk.year is not None and desk.year < first):
        return None
    reached = sorted(set().union(*tables))
    years = [int(one) for one in moved["year"].values]
    complete = moved["region"].where(moved.notnull().all("year"), drop=True)
    regions = [str(one) for one in complete.values]
    treated = [one for one in reached if one in regions]
    facts = Facts(
        treated=len(treated),
        controls=len(regions) - len(treated),
        dates=1,
        before=sum(year < first for year in years),
        after=sum(year >= first for year in years),
        exposure=True,
    )
    table = methods_table(applicability(facts), "none")
    return Exhibit(
        Table("policy_evaluation", table.head, table.columns, table.rows),
        msg(
            "Which method would fit: did the resettlement quotas change net migration of the "
            "receiving regions?"
        ),
        notes=(
            msg(
                "With what the package holds: {treated} regions with a quota ({regions}), "
                "{controls} without, {before} years before the first quota held ({first}), {after} "
                "since; regions without the whole series are left out. The programme is older than "
                "the quotas held, so years before are not free "
                "of it: a method that fits the table does not yet answer the question.",
                treated=Count(facts.treated),
                regions=Listing(tuple(Region(one) for one in treated)),
                controls=Count(facts.controls),
                before=Count(facts.before),
                first=Year(first),
                after=Count(facts.after),
            ),
        ),
    )
