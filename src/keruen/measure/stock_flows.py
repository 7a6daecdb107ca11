# SPDX-License-Identifier: Apache-2.0
"""Bilateral flows estimated from bilateral stocks at two dates.

Most countries publish who lives where by place of birth; few publish who moved from where
to where. Eight methods turn the first into the second. All give transitions over the
interval between the dates.
"""

from __future__ import annotations

import warnings as messages
from typing import Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import DataWarning, SchemaError
from keruen.measure._flow_inputs import FlowInputs, read_inputs
from keruen.measure._flow_methods import Solved, solve
from keruen.measure._flow_options import Options, read_options
from keruen.measure._scaling import Floats
from keruen.measure.flow_estimate import FlowEstimate

Method = Literal[
    "difference_zero",
    "difference_return",
    "rate",
    "open",
    "closed",
    "pseudo_bayes",
    "independence",
    "transport",
]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
CLOSED_METHODS: Final[tuple[Method, ...]] = ("closed", "pseudo_bayes", "independence", "transport")
"""Methods whose net migration equals population change less natural increase."""
_ROUNDING: Final = 1e-9


def flows_from_stocks(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    births: xr.DataArray | None = None,
    deaths: xr.DataArray | None = None,
    *,
    method: Method = "pseudo_bayes",
    population: tuple[xr.DataArray, xr.DataArray] | None = None,
    seed: xr.DataArray | None = None,
    weight: float | xr.DataArray = 0.87,
    cost: xr.DataArray | None = None,
    epsilon: float = 0.2,
    outside: Literal["other_shares", "own_shares"] = "other_shares",
    world_total: float | xr.DataArray | None = None,
    interval_years: float | xr.DataArray | None = None,
    rtol: float = 1e-9,
    max_iterations: int = 200,
) -> FlowEstimate:
    """Bilateral migration flows between two dates, from stocks by birthplace.

    Parameters
    ----------
    stock_start : DataArray [birthplace, country, ...], persons
        Residents at the first date by place of birth; the native-born on the diagonal.
        Further dimensions (year, sex, trajectory) are carried through. ``region`` may stand
        in place of ``country``.
    stock_end : DataArray [birthplace, country, ...], persons
        The same at the second date, with the same labels.
    births : DataArray [country, ...], persons, optional
        Births in the interval; together with ``deaths``.
    deaths : DataArray [country, ...], persons, optional
        Deaths in the interval.
    method : str, optional
        ``difference_zero``, ``difference_return``, ``rate``, ``open``, ``closed``,
        ``pseudo_bayes``, ``independence`` or ``transport``; see Notes.
    population : tuple of two DataArray [country, ...], persons, optional
        Population at the two dates. The native-born are population less foreign-born, and
        the diagonals of the stocks are not read.
    seed : DataArray [origin, destination], optional
        Relative weight of each pair, for the accounting methods: movers of a birthplace are
        spread in proportion to it as far as its margins allow. A zero forbids a pair. Its
        diagonal counts for independence only. Flat when not given.
    weight : float or DataArray, optional
        Share ``w`` of the minimum in ``pseudo_bayes``.
    cost : DataArray [origin, destination], optional
        Cost of a move for ``transport``, 0 or more; infinite forbids a pair. 1 between
        any two places and 0 for staying when not given.
    epsilon : float, optional
        Smoothing of ``transport``, in the unit of the cost.
    outside : {"other_shares", "own_shares"}
        How an open account spreads people who left or entered the system.
    world_total : float or DataArray, optional
        All moves of the interval, for ``rate``.
    interval_years : float or DataArray, optional
        Years between the dates, for annual averages.
    rtol : float, optional
        Largest relative margin error allowed; what was reached is in ``diagnostics``.
    max_iterations : int, optional
        Newton steps after which a fit is given up.

    Returns
    -------
    FlowEstimate
        ``flows [birthplace, origin, destination]``, ``od()``, ``annual()``, ``net()``,
        ``stayers``, ``adjustments``, ``diagnostics``, ``warnings``.

    Raises
    ------
    SchemaError
        The stocks are not square (``NotSquare``), lack the diagonal
        (``MissingDiagonal``), hold negative (``NegativeInput``) or missing
        (``MissingCell``) cells, or one place only (``OneCountry``); births come without
        deaths (``BirthsWithoutDeaths``).
    CoverageError
        Labels differ between the inputs.
    UnitsError
        An input is a rate, or counts of events in place of people at one date.
    AccountError
        A stock is zero everywhere (``AllZero``), or births, deaths and stocks cannot
        belong together (``InconsistentTotals``).
    InfeasibleError
        Margins cannot meet given the zeros of stocks, seed or cost; names who and where.
    ConvergenceError
        A fit did not reach ``rtol``.

    See Also
    --------
    flow_intervals : Intervals from uncertain stocks, births, deaths and weight.
    calibrate_flows : Weight or epsilon that brings the estimate nearest to reported flows.
    fit_margins : Flow tables from known margins.

    Notes
    -----
    With ``s1, s2`` the stocks, ``k`` a birthplace, ``i`` and ``j`` origin and destination:

    ``difference_zero``
        ``max(s2_ij - s1_ij, 0)``: growth of a stock came from the birthplace.
    ``difference_return``
        adds ``max(s1_ji - s2_ji, 0)``: a fall of people born in j living in i went home.
    ``rate``
        ``M s1_ij / sum(s1)`` over foreign-born, with ``M = sum(|net_c|)`` and ``net`` the
        population change less natural increase (Dennett 2016).
    ``open``, ``closed``, ``pseudo_bayes``, ``independence``, ``transport``
        fit flows of each birthplace between ``a = A_k`` and ``c = C_k``, rows of a
        demographic account:

        1. closed only: the diagonals of ``s1`` and ``s2`` are scaled to total
           ``tr(s1) - d/2`` and ``tr(s2) + d/2``, where ``d`` is the sum of births less
           deaths less the growth of all stocks;
        2. deaths leave ``s1`` in proportion to the residents of each birthplace: ``A``;
        3. births leave the native-born of ``s2``: ``C``; where they exceed them, the
           column is reduced in proportion;
        4. closed: ``A`` and ``C`` are scaled to the mean of their birthplace totals, each
           keeping its columns; open: the surplus ``g_k`` of a birthplace leaves ``A``, or
           ``-g_k`` enters before ``C``, spread like the other table's row or its own.

        ``open`` and ``closed``: ``stay = min(a, c)``, and movers
        ``(a_i - stay_i)(c_j - stay_j) / sum(a - stay)``. No place both loses and gains
        people of one birthplace, so this is exact with a flat seed: nothing is iterated.
        ``independence``: ``a_i c_j / sum(a)``, including ``i = j``.
        ``pseudo_bayes``: ``w`` closed + ``(1 - w)`` independence (Azose and Raftery 2019).
        ``transport``: minimises ``sum(C F) + epsilon sum(F (ln F - 1))``; a small epsilon
        gives the cheapest moves (the minimum, when all cost the same), a large one
        independence. The default of 0.2 gives about the world total of ``pseudo_bayes``.

    Closed methods force world net migration to zero and inherit every error of the stocks:
    a change of definition or source between the dates appears as migration. An open account
    may remove more people than there are; such cells are negative, named in ``warnings``
    and announced by a ``DataWarning``.

    References
    ----------
    Abel, G. J. (2013). Demographic Research 28(18), 505-546.
    Abel, G. J. and Sander, N. (2014). Science 343(6178), 1520-1522.
    Abel, G. J. and Cohen, J. E. (2019). Scientific Data 6, 82.
    Azose, J. J. and Raftery, A. E. (2019). PNAS 116(1), 116-122.
    Dennett, A. (2016). In Global Dynamics, chapter 7. Wiley.

    Examples
    --------
    >>> places = ["A", "B", "C", "D"]
    >>> dims = {"birthplace": places, "country": places}
    >>> start = xr.DataArray(
    ...     [[1000, 100, 10, 0], [55, 555, 50, 5], [80, 40, 800, 40], [20, 25, 20, 200]], dims
    ... )
    >>> end = xr.DataArray(
    ...     [[950, 100, 60, 0], [80, 505, 75, 5], [90, 30, 800, 40], [40, 45, 0, 180]], dims
    ... )
    >>> estimate = flows_from_stocks(start, end, method="closed", interval_years=10)
    >>> od = estimate.od()
    >>> od.sel(origin="A", destination="C").item(), round(od.sum().item(), 6)
    (50.0, 150.0)
    >>> estimate.od("return").sel(origin="C", destination="A").item()
    0.0
    """
    if method not in METHODS:
        raise SchemaError(
            f"'{method}' is not a method of flows from stocks",
            where="method",
            remedy=f"choose one of {', '.join(METHODS)}",
        )
    simple = method.startswith("difference") or (method == "rate" and world_total is not None)
    inputs = read_inputs(
        stock_start,
        stock_end,
        births,
        deaths,
        population=population,
        needs_diagonal=not simple,
    )
    options = read_options(
        inputs,
        seed=seed,
        weight=weight,
        cost=cost,
        epsilon=epsilon,
        outside=outside,
        world_total=world_total,
        interval_years=interval_years,
        rtol=rtol,
        max_iterations=max_iterations,
    )
    return _estimate(method, inputs, options, solve(method, inputs, options))


def _estimate(method: Method, inputs: FlowInputs, options: Options, solved: Solved) -> FlowEstimate:
    """Labels for the factors."""
    account, dims = solved.account, ("birthplace", inputs.dim)

    def people(values: Floats, name: str) -> xr.DataArray:
        array = inputs.array(values, dims)
        return stamp(array, name=name, units="persons", kind="count", inputs=inputs.sources)

    notes = _warnings(method, inputs, solved)
    diagnostics = {
        "margin_error": inputs.outer_array(solved.error),
        "iterations": inputs.outer_array(account.iterations),
        "global_gap": inputs.outer_array(solved.gap),
    }
    if options.years is not None:
        diagnostics["interval_years"] = inputs.outer_array(options.years)
    return FlowEstimate(
        method=method,
        start=people(account.start, "start"),
        end=people(account.end, "end"),
        outside_out=people(account.outside_out, "outside_out"),
        outside_in=people(account.outside_in, "outside_in"),
        diagnostics=xr.Dataset(diagnostics),
        warnings=notes,
        _inputs=inputs,
        _parts=solved.parts,
        _changes=solved.changes,
    )


def _warnings(method: Method, inputs: FlowInputs, solved: Solved) -> tuple[str, ...]:
    """What the numbers themselves do not show."""
    notes = []
    if method in CLOSED_METHODS:
        notes.append(
            "net migration of the world is zero by construction; changes of definition or "
            "source between the two stocks appear as flows"
        )
    for change in solved.changes:
        if change.reason.startswith(("foreign-born", "births exceed")):
            columns = np.asarray(change.changed.any(axis=1))
            notes.append(f"{change.reason}: {inputs.cells(columns, (inputs.dim,))}")
    account = solved.account
    tables = (
        (account.start, account.unmatched_start),
        (account.end, account.unmatched_end),
    )
    below = [table < -_ROUNDING * (before + 1) for table, before in tables]
    negative = below[0] | below[1]
    if negative.any():
        people = sum(float(t[bad].sum()) for (t, _), bad in zip(tables, below, strict=True))
        count = sum(int(bad.sum()) for bad in below)
        note = (
            f"{count} cells of the open account are negative ({people:,.6g} persons in all) and "
            f"were left so: {inputs.cells(negative, ('birthplace', inputs.dim))}"
        )
        messages.warn(note, DataWarning, stacklevel=4)
        notes.append(note)
    return tuple(notes)
