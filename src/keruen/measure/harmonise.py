# SPDX-License-Identifier: Apache-2.0
"""One matrix of flows from two conflicting ones: what senders and receivers report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.measure._factor_methods import FactorMethod
from keruen.measure._harmonised import Rule
from keruen.measure._report_factors import Solution, solve
from keruen.measure._report_layout import REPORTS, Layout, lay_out, weight_of
from keruen.measure.definitions import DurationTable, duration_factors
from keruen.measure.undercount import UndercountRatio, undercount_ratio

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DurationTable",
    "FactorMethod",
    "HarmonisedFlows",
    "Rule",
    "UndercountRatio",
    "Unlinked",
    "duration_factors",
    "harmonise_reports",
    "undercount_ratio",
]

Unlinked = Literal["refuse", "keep"]
"""What becomes of reports that no chain of comparisons ties to the reference."""

BASES: Final = ("both", "by_origin", "by_destination", "set_aside", "missing", "diagonal")
"""What a harmonised flow rests on."""


@dataclass(frozen=True)
class HarmonisedFlows:
    """One flow for each pair of countries, with what it rests on.

    Parameters
    ----------
    flows : DataArray [..., origin, destination], persons
        Harmonised flows; missing where neither country reports.
    lower, upper : DataArray [..., origin, destination], persons
        Interval of each flow, given that the reference counts right.
    basis : DataArray [..., origin, destination]
        Both reports, the one that exists, or two that contradict each other.
    factors : DataArray [report, country, ...]
        Factors by which reports were multiplied after the duration factors: ``beta`` of
        the country as sender (``by_origin``), ``alpha`` as receiver (``by_destination``).
    factor_errors : DataArray [report, country, ...]
        Standard errors of the factors; 0 for the reference.
    durations : DataArray [report, country, ...]
        Factors between definitions, 1 when none were given.
    objective : DataArray [...]
        Weighted sum of squares that is left; ``Q`` of Poulain's method.
    disagreement : DataArray [...]
        Relative standard deviation of the difference of two reports, beyond that of counts.
    reference : str
        The country whose reports of arrivals were trusted.
    adjustments : DataFrame
        Cells set aside: both reports as given, the flow that was taken, and why.
    reported : tuple of DataArray
        The reports as given, by origin and by destination.
    spare_cells : DataArray [...]
        Cells with both reports beyond the number of factors; all that is known of the
        disagreement comes from them, and without any there are no intervals.
    warnings : tuple of str
        What a reader must know before using the numbers.
    """

    flows: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    basis: xr.DataArray
    factors: xr.DataArray
    factor_errors: xr.DataArray
    durations: xr.DataArray
    objective: xr.DataArray
    disagreement: xr.DataArray
    reference: str
    adjustments: pd.DataFrame
    reported: tuple[xr.DataArray, xr.DataArray]
    spare_cells: xr.DataArray
    warnings: tuple[str, ...]

    def to_table(self) -> pd.DataFrame:
        """Tidy table: both reports, the harmonised flow, its interval and basis."""
        import pandas as pd

        arrays = (*self.reported, self.flows, self.lower, self.upper, self.basis)
        names = (*REPORTS, "flow", "lower", "upper", "basis")
        tables = [to_table(a.rename(name)) for a, name in zip(arrays, names, strict=True)]
        table = pd.concat([tables[0], *(t.iloc[:, -1] for t in tables[1:])], axis=1)
        return table[table["basis"] != "diagonal"].reset_index(drop=True)


def harmonise_reports(
    by_origin: xr.DataArray,
    by_destination: xr.DataArray,
    *,
    definitions: xr.DataArray | None = None,
    table: DurationTable = "imem",
    method: FactorMethod = "log_ratio",
    reference: str | None = None,
    pool: Sequence[str] = (),
    weights: xr.DataArray | None = None,
    max_ratio: float = 10.0,
    max_residual: float = 3.0,
    contradiction: Rule = "larger",
    unlinked: Unlinked = "refuse",
    ridge: float = 0.0,
    level: float = 0.95,
) -> HarmonisedFlows:
    """One matrix of flows from the conflicting reports of senders and receivers.

    Parameters
    ----------
    by_origin : DataArray [..., origin, destination], persons
        Departures as reported by the country of origin; missing where it does not report.
    by_destination : DataArray [..., origin, destination], persons
        Arrivals as reported by the country of destination; missing where it does not.
    definitions : DataArray [report, country, ...], months, optional
        Minimum stay that makes a mover a migrant, for each country as sender (``report``
        ``by_origin``) and receiver (``by_destination``): 0 for no limit, infinity for
        permanent. Reports are taken as they are when not given.
    table : {"imem", "expert", "poisson", "mixture"}, optional
        Duration factors, see :func:`duration_factors`.
    method : {"log_ratio", "poulain"}, optional
        How factors are estimated; see Notes.
    reference : str, optional
        Country whose reports of arrivals are right. When not given, the one whose reports
        can be compared with most others.
    pool : sequence of str, optional
        Dimensions (year, sex) over which a country has one factor. Others, trajectories of
        uncertain reports among them, have factors of their own.
    weights : DataArray [origin, destination, ...], optional
        Reliability of each pair of reports, 0 to keep it from the factors; multiplies the
        usual weights.
    max_ratio : float, optional
        Two reports of one flow that differ by more than this factor are set aside.
    max_residual : float, optional
        So are those whose residual is beyond so many robust standard deviations.
    contradiction : {"larger", "average", "by_origin", "by_destination"}, optional
        Which value a cell that was set aside takes. Reports miss people more often than
        they invent them, hence the larger.
    unlinked : {"refuse", "keep"}, optional
        Whether reports that nothing ties to the reference are an error, or keep a factor
        of 1 with an error as large as the factors differ among each other.
    ridge : float, optional
        Weight of ``sum (ln alpha)^2``, added to what is minimised: it draws the factors of
        receivers to 1 where data are sparse.
    level : float, optional
        Probability that an interval covers.

    Returns
    -------
    HarmonisedFlows

    Raises
    ------
    SchemaError
        The tables are not square (``NotSquare``), have a filled diagonal, a negative or
        infinite cell, or one country only.
    CoverageError
        Labels or dimensions of the tables, definitions or weights differ.
    UnitsError
        Concept, interval or definition of the reports differ and no definitions are given.
    ConvergenceError
        No chain of comparisons ties some reports to the reference (``Unidentified``).

    See Also
    --------
    undercount_ratio : How far a country's reports fall short of trusted partners'.
    duration_factors : Factors between definitions.

    Notes
    -----
    Both reports, ``I`` of receivers and ``E`` of senders, are brought to twelve months by
    the duration factors. Pairs that both report tell of factors ``alpha`` of receivers and
    ``beta`` of senders, the reference's ``alpha`` being 1. The harmonised flow is
    ``(alpha_j I_ij + beta_i E_ij) / 2``, or the one adjusted report that exists.

    *log_ratio*: ``ln (I_ij / E_ij) = ln beta_i - ln alpha_j + error`` by weighted least
    squares, the variance of the error being that of two Poisson counts and a disagreement
    ``tau^2`` common to all pairs.

    *poulain*: ``Q = sum (alpha_j I_ij - beta_i E_ij)^2 / (I_ij + E_ij)`` is minimised (one
    linear system, whose solution cannot be negative). It is the published method, and on
    reports with errors it is far too low: every factor but the reference's can lower ``Q``
    by being smaller, and the reference stands against all of them. With errors of 15% on
    each report, flows among 12 countries come out at 62% of the truth and among 30 at 38%;
    the log ratios find 99%. Use it to repeat published work only; its intervals do not
    hold this error.

    Two countries alone determine nothing, since each flow then has two factors of its own;
    with three, every report has a partner to be compared with.

    Only ratios of reports are observed: if the reference misses a tenth of its arrivals,
    so does every flow. The choice of reference is a judgement; its error is not in the
    intervals.

    Intervals take both reports of a flow as independent with errors of one relative size,
    and Poisson counts beneath. The relative size is found from the differences that are
    left (the estimator of Paule and Mandel), and the errors of the factors are added with
    their covariance. They are log-normal; where nobody was counted, they reach from 0 to
    the largest flow under which that is not unlikely.

    References
    ----------
    Poulain, M. (1993). European Journal of Population 9(4), 353-381.
    de Beer, J., Raymer, J., van der Erf, R. and van Wissen, L. (2010). European Journal of
    Population 26(4), 459-481.
    Paule, R. C. and Mandel, J. (1982). J. Research of the National Bureau of Standards
    87(5), 377-385.

    Examples
    --------
    >>> places = ["A", "B", "C"]
    >>> pair = {"origin": places, "destination": places}
    >>> departures = xr.DataArray([[0.0, 90, 45], [48, 0, 16], [60, 30, 0]], coords=pair)
    >>> arrivals = xr.DataArray([[0.0, 80, 50], [60, 0, 20], [60, 24, 0]], coords=pair)
    >>> found = harmonise_reports(departures, arrivals, reference="A")
    >>> found.factors.sel(country="B").values.round(3).tolist()
    [1.25, 1.25]
    >>> found.flows.sel(origin="B", destination="C").round(3).item()
    20.0
    """
    _refuse_options(
        max_ratio=max_ratio,
        max_residual=max_residual,
        contradiction=contradiction,
        unlinked=unlinked,
        method=method,
        ridge=ridge,
        level=level,
    )
    layout = lay_out(by_origin, by_destination, definitions, table=table, pool=pool)
    solution = solve(
        layout,
        weight_of(layout, weights),
        method=method,
        reference=reference,
        max_ratio=max_ratio,
        max_residual=max_residual,
        keep_unlinked=unlinked == "keep",
        ridge=ridge,
    )
    value, lower, upper, basis = solution.flows(contradiction, level)
    facts = layout.facts

    def cells(values: np.ndarray, name: str) -> xr.DataArray:
        return stamp(
            layout.cells(values),
            name=name,
            units="persons",
            kind="count",
            inputs=layout.inputs,
            **facts,
        )

    def index(array: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(array, name=name, units="1", kind="index", inputs=layout.inputs)

    flows = cells(value, "flows")
    return HarmonisedFlows(
        flows=flows,
        lower=cells(lower, "lower"),
        upper=cells(upper, "upper"),
        basis=index(layout.cells(basis.astype(str)), "basis"),
        factors=index(layout.per_report(solution.factors), "factors"),
        factor_errors=index(layout.per_report(solution.errors), "factor_errors"),
        durations=index(layout.duration, "durations"),
        objective=index(layout.per_group(solution.objective), "objective"),
        disagreement=index(layout.per_group(solution.disagreement), "disagreement"),
        reference=str(layout.places[solution.reference]),
        adjustments=_adjustments(layout, solution, flows),
        reported=_as_reported(layout, flows),
        spare_cells=index(layout.per_group(solution.spare), "spare_cells"),
        warnings=solution.warnings(method, named=reference is not None),
    )


def _as_reported(layout: Layout, flows: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Both reports without the duration factors, in the order of the flows."""
    given = (layout.S / layout.size_s, layout.R / layout.size_r)
    by_origin, by_destination = (
        layout.cells(values).rename(name).transpose(*flows.dims)
        for values, name in zip(given, REPORTS, strict=True)
    )
    return by_origin, by_destination


def _adjustments(layout: Layout, solution: Solution, flows: xr.DataArray) -> pd.DataFrame:
    """Cells set aside, one row each."""
    import pandas as pd

    aside = layout.cells(solution.aside).transpose(*flows.dims).to_numpy()
    why = layout.cells(solution.why.astype(str)).transpose(*flows.dims).to_numpy()
    places = np.nonzero(aside)
    columns: dict[str, object] = {
        str(dim): flows.indexes[dim].take(place)
        for dim, place in zip(flows.dims, places, strict=True)
    }
    for array in _as_reported(layout, flows):
        columns[str(array.name)] = array.to_numpy()[places]
    columns["flow"] = flows.to_numpy()[places]
    columns["reason"] = why[places]
    return pd.DataFrame(columns)


def _refuse_options(
    *,
    max_ratio: float,
    max_residual: float,
    contradiction: str,
    unlinked: str,
    method: str,
    ridge: float,
    level: float,
) -> None:
    wrong = {
        "max_ratio": (max_ratio > 1, "give 10, or infinity to set nothing aside"),
        "max_residual": (max_residual > 0, "give 3, or infinity to set nothing aside"),
        "contradiction": (contradiction in get_args(Rule), f"choose one of {get_args(Rule)}"),
        "unlinked": (unlinked in get_args(Unlinked), f"choose one of {get_args(Unlinked)}"),
        "method": (method in get_args(FactorMethod), f"choose one of {get_args(FactorMethod)}"),
        "ridge": (0 <= ridge < np.inf, "give 0 or more"),
        "level": (0 < level < 1, "give 0.95"),
    }
    for name, (fine, remedy) in wrong.items():
        if not fine:
            raise SchemaError(f"'{name}' cannot be that", where=name, remedy=remedy)
