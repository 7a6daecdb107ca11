# SPDX-License-Identifier: Apache-2.0
"""A run of remittance estimates: all three rules from the same inputs, and what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from keruen.core.errors import CoverageError
from keruen.measure.remittance_matrix import NO_INCOME, NO_PEOPLE, NO_TOTAL
from keruen.measure.remittances import (
    RULES,
    RemittanceComparison,
    RemittanceMatrix,
    Rule,
    Side,
    bilateral_remittances,
    compare_remittances,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.remittance_given import RemittanceInputs, is_file, remittance_given
from keruen.sources.remittance_inputs import Income


@dataclass(frozen=True)
class RemittanceRun:
    """What a run used and what it found.

    Parameters
    ----------
    matrix : RemittanceMatrix
        By the rule asked for.
    rules : mapping of str to RemittanceMatrix
        By all three rules.
    comparisons : mapping of str to RemittanceComparison
        Each rule beside the published matrix; empty where there is none.
    given : RemittanceInputs
        Migrants, totals, incomes, costs, the published matrix.
    options : dict
        Options as given.
    notes : tuple of str
        What must be said beside the numbers.
    """

    matrix: RemittanceMatrix
    rules: Mapping[Rule, RemittanceMatrix]
    comparisons: Mapping[Rule, RemittanceComparison]
    given: RemittanceInputs
    options: Mapping[str, object]
    notes: tuple[str, ...]


def run_remittances(
    year: int | None = None,
    *,
    rule: Rule = "income_gap",
    side: Side = "received",
    beta: float = 0.75,
    stocks: str = "un.stock.2024",
    totals: Path | None = None,
    income: Income = "gni",
    fixed: Path | None = None,
    step: Step | None = None,
) -> RemittanceRun:
    """Estimate remittances between all pairs of countries, from embedded or own tables.

    Parameters
    ----------
    year : int, optional
        Year of the totals, 2000 to 2023; needed for whatever is taken from embedded tables.
    rule : {"income_gap", "income", "stock"}, optional
        As in :func:`~keruen.measure.remittances.bilateral_remittances`.
    side : {"received", "paid"}, optional
        Which totals are kept.
    beta : float, optional
        Power of the income gap.
    stocks : str, optional
        Embedded stocks, or a CSV, Excel or Parquet file of your own.
    totals : Path, optional
        File of your own totals and incomes.
    income : {"gni", "ppp"}, optional
        Embedded incomes: in US dollars, or at purchasing power.
    fixed : Path, optional
        File of corridors whose amounts are known.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    RemittanceRun

    Raises
    ------
    CoverageError
        Nothing is held for the year or the publication (``YearOutOfRange``), or no total of
        the side asked for is known (``NoTotals``).
    SchemaError
        A year is needed and not given (``NoYear``), or a file is wrong.
    InfeasibleError
        Known amounts exceed a total (``FixedAboveTotal``).
    FileError
        A file cannot be read.

    See Also
    --------
    keruen.report.remittance_release.write_remittances : Writes the run to a folder.

    Notes
    -----
    A corridor without an income takes its share of the migrants and is listed in the
    adjustments with this reason.

    Examples
    --------
    >>> run = run_remittances(2021, stocks="un.stock.2020")
    >>> round(run.comparisons["income_gap"].dissimilarity.item(), 1)
    7.1
    """
    tell = step or quiet
    tell(0.0, "inputs")
    given = remittance_given(year, stocks=stocks, totals=totals, income=income, fixed=fixed)
    series = given.received if side == "received" else given.paid
    if series is None or bool(series.isel(year=-1).isnull().all()):
        raise CoverageError(
            f"no total {side} is known",
            where=f"year {year}" if totals is None else totals.name,
            remedy="choose another year or the other side, or give your own totals",
            id="NoTotals",
        )
    matrices = {}
    for number, one in enumerate(RULES):
        tell(0.3 + 0.2 * number, one)
        matrices[one] = bilateral_remittances(
            given.stock, series.isel(year=-1, drop=True), given.income, rule=one, side=side,
            beta=beta, no_income="by_stock", fixed=given.fixed,
        )  # fmt: skip
    published = given.published
    return RemittanceRun(
        matrix=matrices[rule],
        rules=matrices,
        comparisons={
            one: compare_remittances(matrix.amount, published)
            for one, matrix in matrices.items()
            if published is not None
        },
        given=given,
        options={
            "year": year,
            "rule": rule,
            "side": side,
            "beta": beta,
            "stocks": Path(stocks).name if is_file(stocks) else stocks,
            **({"totals": totals.name} if totals else {"income": income}),
            **({"fixed": fixed.name} if fixed else {}),
        },
        notes=(*given.notes, *_said(matrices[rule])),
    )


def _said(matrix: RemittanceMatrix) -> Iterator[str]:
    """What the rule could not do, and what it always assumes."""
    table = matrix.adjustments
    shared = table.loc[table["reason"] == NO_INCOME, "after"]
    if len(shared):
        yield (
            f"{len(shared)} corridors have no income: {shared.sum():,.0f} million US dollars are "
            "shared by migrants alone."
        )
    silent = int((table["reason"] == NO_TOTAL).sum())
    if silent:
        yield f"{silent} countries report no total: theirs is missing."
    left = float(table.loc[table["reason"] == NO_PEOPLE, "before"].sum())
    if left:
        yield f"{left:,.0f} million US dollars found no migrants and stay unallocated."
    if matrix.side == "paid" and matrix.rule == "income":
        yield "With paid totals the income abroad changes nothing: the rule is that of stocks."
    yield (
        "Estimates of a model, not reports: money carried by hand is not in them, and single "
        "corridors may be far off."
    )
