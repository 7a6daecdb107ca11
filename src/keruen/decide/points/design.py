# SPDX-License-Identifier: Apache-2.0
"""A points grid learned from outcomes: advice for those who write the law, never automatic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.decide.points._design_audit import (
    calibration,
    group_effects,
    quality,
    rescaled,
    top_share,
    worst_case,
)
from keruen.decide.points._design_checks import (
    FORBIDDEN,
    Candidates,
    candidates,
    refuse_separation,
)
from keruen.decide.points._design_fit import (
    Bools,
    Cells,
    Floats,
    Ints,
    choose_factors,
    encode,
    fit_continuous,
    fit_points,
    level_points,
    search,
)
from keruen.decide.points.design_result import GridDesign

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORBIDDEN", "GridDesign", "design_grid"]

_PROBS: Final = (0.05, 0.5, 0.95)


def design_grid(
    factors: xr.Dataset,
    outcome: xr.DataArray,
    *,
    order: Mapping[str, Sequence[str]],
    most_points: int = 10,
    most_factors: int | None = None,
    cohort: xr.DataArray | None = None,
    test_from: int | None = None,
    current: xr.DataArray | None = None,
    groups: xr.Dataset | None = None,
    selected_share: float = 0.5,
    age_in_law: bool = False,
    draws: int = 100,
    seed: int = 1,
) -> GridDesign:
    """Learn a points grid from what became of those admitted.

    Parameters
    ----------
    factors : Dataset [candidate], text
        Level of each factor at application, none missing.
    outcome : DataArray [candidate], 0, 1 or missing
        Such as a skilled job after 24 months. Missing for applicants who were not admitted:
        they are not learned from, and bound what can be said.
    order : mapping of str to sequence of str
        Levels of the ordered factors from the least: points never fall along them. A factor
        that is not named has levels without order.
    most_points : int, optional
        Most points that a factor may give.
    most_factors : int, optional
        Most factors that earn points.
    cohort : DataArray [candidate], year, optional
        Year of admission or application.
    test_from : int, optional
        Cohorts from this year on are kept to judge the grid by.
    current : DataArray [candidate], points, optional
        Points under the grid in force, to compare with.
    groups : Dataset [candidate], text, optional
        Protected attributes such as sex: to see the effect on them, never to learn from.
    selected_share : float, optional
        Share that passes, for the effect on groups.
    age_in_law : bool, optional
        Whether the law in force uses age; a factor of age is refused otherwise.
    draws : int, optional
        Samples drawn again for the spread of the points.
    seed : int, optional
        The same seed gives the same spread.

    Returns
    -------
    GridDesign

    Raises
    ------
    SchemaError
        A factor is ethnicity, religion, sex or marital status, or age without law
        (``ForbiddenFactor``); a level is missing or has no place; a number is out of range.
    EstimationError
        Outcomes are all equal or too few (``OneOutcome``, ``TooFew``), or told without error
        (``PerfectSeparation``).
    CoverageError
        Candidates differ between the inputs, or a cohort has no outcome.

    Notes
    -----
    Logistic loss with whole points: the continuous fit with non-negative steps is rounded at
    several sizes of the scale, and each is improved one step at a time until no step up, down
    or aside helps; the best is kept. It is a search, not a proof: on grids small enough to try
    all, the tests find the same loss. Only the admitted are observed. The bounds show what the
    outcome of all applicants can be, whatever the refused would have done.

    References
    ----------
    Manski, C. F. (1990). Nonparametric bounds on treatment effects. American Economic Review
    80(2), 319-323.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> who = {"candidate": np.arange(2000)}
    >>> level = rng.integers(0, 3, 2000)
    >>> names = np.array(["low", "middle", "high"])
    >>> school = xr.Dataset({"education": xr.DataArray(names[level], who)})
    >>> job = xr.DataArray((rng.random(2000) < 0.3 + 0.2 * level) * 1.0, who)
    >>> grid = design_grid(
    ...     school, job, order={"education": list(names)}, most_points=2, draws=20)
    >>> grid.points.values.tolist()
    [0, 1, 2]
    """
    raise_faults(_setting_faults(most_points, most_factors, selected_share, draws))
    given = candidates(factors, outcome, order, age_in_law=age_in_law)
    later = _later(outcome, cohort, test_from, given.known)
    current, groups = _beside(outcome, current, groups)
    cells = _cells(given, given.known & ~later)
    steps, _ = fit_continuous(cells, np.ones(len(cells.factor), dtype=bool))
    refuse_separation(cells.steps @ steps, cells.good, cells.all)
    used = choose_factors(cells, most_factors or len(given.names))
    found, theta, _ = fit_points(cells, used, most_points)
    sizes = [len(one) for one in given.labels]
    points = level_points(cells, found, sizes)
    score = _scored(given, points)
    chance = 1.0 / (1.0 + np.exp(-(theta[0] + theta[1] * score)))
    judged = given.known & later if later.any() else given.known
    mark = top_share(score, selected_share)
    effects = _effects(score, mark[0], current=current, groups=groups, share=selected_share)
    names = [
        f"{name}={label}"
        for name, own in zip(given.names, given.labels, strict=True)
        for label in own
    ]
    levels = {"level": names}
    spread = _spread(cells, found, used, most_points, sizes, draws=draws, seed=seed)

    def whole(values: Ints | Floats, name: str, **dims: object) -> xr.DataArray:
        made = xr.DataArray(values, dims, dims=list(dims))
        return stamp(made, name=name, units="points", kind="index")

    return GridDesign(
        points=whole(np.concatenate(points), "points", **levels),
        spread=whole(spread, "spread", quantile=list(_PROBS), **levels),
        kept=tuple(n for n, own in zip(given.names, points, strict=True) if own.any()),
        intercept=float(theta[0]),
        scale=float(theta[1]),
        score=whole(score, "score", candidate=outcome.indexes["candidate"]),
        quality=_quality(given, later, (score, theta), current),
        calibration=calibration(score[judged], chance[judged], given.good[judged]),
        effects=effects,
        bounds=worst_case(score, given.known, given.good),
        pass_mark=mark[1],
        warnings=_warnings(given, later, effects, cells, used),
    )


def _setting_faults(
    most_points: int, most_factors: int | None, share: float, draws: int
) -> list[WorkbenchError]:
    numbers = {"most_points": most_points, "most_factors": most_factors, "draws": draws}
    faults: list[WorkbenchError] = [
        SchemaError(f"{name} is {value}", where=name, remedy="give 1 or more", id="BadSetting")
        for name, value in numbers.items()
        if value is not None and value < 1
    ]
    if not 0 < share < 1:
        faults.append(
            SchemaError(
                f"selected_share is {share:g}",
                where="selected_share",
                remedy="give a share between 0 and 1",
                id="BadSetting",
            )
        )
    return faults


def _beside(
    outcome: xr.DataArray, current: xr.DataArray | None, groups: xr.Dataset | None
) -> tuple[xr.DataArray | None, xr.Dataset | None]:
    """Points in force and groups in the order of the candidates, none missing."""
    first = outcome.rename("outcome")
    held = {
        str(name): same_cells(first, array.rename(name))[1]
        for name, array in (groups or xr.Dataset()).items()
    }
    points = None if current is None else same_cells(first, current.rename("current"))[1]
    raise_faults(
        SchemaError(
            f"'{array.name}' is missing for some candidates",
            where=str(array.name),
            remedy="fill it, or name those of whom it is not known",
            id="MissingCell",
        )
        for array in (*held.values(), points)
        if array is not None and bool(array.isnull().any())
    )
    return points, xr.Dataset(held) if held else None


def _later(
    outcome: xr.DataArray, cohort: xr.DataArray | None, test_from: int | None, known: Bools
) -> Bools:
    """Who belongs to the cohorts kept to judge the grid by."""
    if cohort is None or test_from is None:
        return np.zeros(outcome.size, dtype=bool)
    _, years = same_cells(outcome.rename("outcome"), cohort.rename("cohort"))
    later = np.asarray(years.to_numpy() >= test_from)
    if not (later & known).any() or not (~later & known).any():
        raise CoverageError(
            f"cohorts before and from {test_from} do not both have outcomes",
            where="cohort",
            remedy="choose another year, or leave test_from out",
            id="OneCohort",
        )
    return later


def _cells(given: Candidates, rows: Bools) -> Cells:
    """Rows of equal levels with their counts, from the people learned from."""
    levels, which = np.unique(given.levels[rows], axis=0, return_inverse=True)
    which = which.reshape(-1)
    steps, factor, ordered = encode(levels, [len(one) for one in given.labels], given.ordered)
    whole = np.bincount(which).astype(float)
    good = np.bincount(which, weights=given.good[rows]).astype(float)
    return Cells(steps, factor, ordered, good, whole)


def _scored(given: Candidates, points: Sequence[Ints]) -> Floats:
    parts = [own[given.levels[:, place]] for place, own in enumerate(points)]
    return np.asarray(np.sum(parts, axis=0), dtype=float)


def _spread(
    cells: Cells,
    found: Ints,
    used: Bools,
    most_points: int,
    sizes: Sequence[int],
    *,
    draws: int,
    seed: int,
) -> Floats:
    """Quantiles of the points in samples of as many people, each searched from the grid found."""
    rng = stream(seed, "design", "bootstrap")
    bad = cells.all - cells.good
    share = np.concatenate([cells.good, bad]) / cells.all.sum()
    made = []
    for counts in rng.multinomial(int(cells.all.sum()), share, size=draws).astype(float):
        good, rest = np.split(counts, 2)
        again = Cells(cells.steps, cells.factor, cells.ordered, good, good + rest)
        steps, _, _ = search(again, found, used, most_points)
        made.append(np.concatenate(level_points(again, steps, sizes)))
    return np.quantile(np.array(made), _PROBS, axis=0, method="inverted_cdf").astype(float)


def _effects(
    score: Floats,
    selected: Bools,
    *,
    current: xr.DataArray | None,
    groups: xr.Dataset | None,
    share: float,
) -> pd.DataFrame:
    """Effects on every protected attribute; the current grid passes the same share."""
    import pandas as pd

    before = None
    if current is not None:
        before, _ = top_share(np.asarray(current.to_numpy(), dtype=float), share)
    tables = [
        group_effects(score, selected, before, array.to_numpy(), str(name))
        for name, array in (groups or xr.Dataset()).items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _quality(
    given: Candidates,
    later: Bools,
    proposed: tuple[Floats, Floats],
    current: xr.DataArray | None,
) -> pd.DataFrame:
    """How well either grid tells outcomes, where it was learned and later."""
    import pandas as pd

    learned = given.known & ~later
    grids = {"proposed": proposed}
    if current is not None:
        own = np.asarray(current.to_numpy(), dtype=float)
        grids["current"] = rescaled(own, given.good, learned)
    parts = [
        quality(*grid, given.good, rows).assign(grid=name, cohorts=cohorts)
        for cohorts, rows in {"learned_from": learned, "later": given.known & later}.items()
        for name, grid in grids.items()
        if rows.any()
    ]
    heads = ["grid", "cohorts", "persons", "auc", "brier", "log_loss"]
    return pd.concat(parts, ignore_index=True)[heads]


def _warnings(
    given: Candidates, later: Bools, effects: pd.DataFrame, cells: Cells, used: Bools
) -> tuple[str, ...]:
    flags = set(effects["flag"]) if len(effects) else set()
    fewer = min(cells.good.sum(), (cells.all - cells.good).sum())
    said = {
        "only_admitted": bool(given.known.all()),
        "no_later_cohort": not later.any(),
        "small_group": "small" in flags,
        "below_0.8": "below_0.8" in flags,
        "few_outcomes": bool(fewer < 10 * used.sum()),
    }
    return tuple(name for name, true in said.items() if true)
