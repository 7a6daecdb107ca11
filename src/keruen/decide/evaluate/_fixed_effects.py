# SPDX-License-Identifier: Apache-2.0
"""Regressions with fixed effects; the only module of evaluation that knows pyfixest."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from keruen.core.arrays import few
from keruen.core.errors import ConvergenceError, EstimationError, WorkbenchError
from keruen.decide.evaluate._panel import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

Model = Literal["least_squares", "poisson"]

_STEPS: Final = 100


@dataclass(frozen=True)
class Fit:
    """Coefficients in the order asked, with their covariance by cluster."""

    terms: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    degrees: int  # clusters less one
    left_out: Ints  # rows of the table
    library: str

    @property
    def error(self) -> Floats:
        """Standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=np.float64)

    def interval(self, level: float, *, among: int = 1) -> tuple[Floats, Floats]:
        """Ends by Student's t; of ``among`` intervals that hold together (Bonferroni)."""
        from scipy.special import stdtrit

        tail = (1.0 - level) / (2.0 * among)
        reach = float(stdtrit(self.degrees, 1.0 - tail)) * self.error
        return self.estimate - reach, self.estimate + reach

    def p_values(self, against: float | Floats = 0.0) -> Floats:
        """Two-sided probability where the truth is the value named."""
        return student(self.estimate - against, self.error, self.degrees)

    def joint(self, places: Sequence[int] | Ints) -> float:
        """Probability that all of some coefficients are zero (F by clusters)."""
        from scipy.special import fdtrc

        some = np.asarray(places, dtype=np.int64)
        spread = self.covariance[np.ix_(some, some)]
        count = len(some)
        if not count or self.degrees < count or np.linalg.matrix_rank(spread) < count:
            return float("nan")
        effect = self.estimate[some]
        statistic = float(effect @ np.linalg.solve(spread, effect)) / count
        return float(fdtrc(count, self.degrees, statistic))


def student(effect: Floats, error: Floats, degrees: int) -> Floats:
    """Two-sided probability of Student's t."""
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = 2.0 * stdtr(degrees, -np.abs(effect / error))
    return found


def fit(
    table: pd.DataFrame,
    terms: Sequence[str],
    effects: Sequence[str],
    *,
    model: Model,
    names: Mapping[str, str] | None = None,
) -> Fit:
    """Outcome ``y`` on terms within fixed effects, errors by the column ``cluster``.

    Terms enter in units of their own spread: what counts as none then depends on no unit.
    """
    words = {term: (names or {}).get(term, term) for term in terms}
    columns = table[list(terms)].to_numpy(dtype=np.float64)
    spread = columns.std(0)
    flat = spread <= 1e-12 * np.abs(columns).max(0)
    _refuse_lost([words[term] for term, one in zip(terms, flat, strict=True) if one], effects)
    size = float(table["y"].std(ddof=0)) if model == "least_squares" else 1.0
    size = size if size > 0 else 1.0
    scaled = table.assign(y=table["y"] / size)
    scaled[list(terms)] = columns / spread
    found = _run(model, f"y ~ {' + '.join(terms)} | {' + '.join(effects)}", scaled)
    _refuse_lost([words[term] for term in terms if term not in found.terms], effects)
    order = [found.terms.index(term) for term in terms]
    scale = size / spread
    rest = table["cluster"].drop(table.index[found.left_out])
    return Fit(
        terms=tuple(terms),
        estimate=found.estimate[order] * scale,
        covariance=found.covariance[np.ix_(order, order)] * np.outer(scale, scale),
        degrees=int(rest.nunique()) - 1,
        left_out=found.left_out,
        library=found.library,
    )


@dataclass(frozen=True)
class _Answer:
    """What the library says, its own words put aside."""

    terms: list[str]
    estimate: Floats
    covariance: Floats
    left_out: Ints
    library: str


def _run(model: Model, formula: str, table: pd.DataFrame) -> _Answer:
    """One regression; rows that stand alone in an effect stay, they change no coefficient."""
    try:
        import pyfixest
    except ImportError as error:
        raise WorkbenchError(
            "this method needs pyfixest",
            where="keruen.decide.evaluate",
            remedy="install the extra: pip install 'keruen[econometrics]'",
            id="MissingExtra",
        ) from error
    options = {"data": table, "vcov": {"CRV1": "cluster"}, "fixef_rm": "none"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # collinear terms and separated rows are read below
        try:
            if model == "least_squares":
                found = pyfixest.feols(formula, **options)
            else:
                found = pyfixest.fepois(
                    formula, separation_check=["fe", "ir"], iwls_maxiter=_STEPS, **options
                )
        except ValueError as error:
            if "Demeaning failed" in str(error):
                raise _not_converged(formula, str(error)) from error
            if "collinear" not in str(error):
                raise
            return _Answer([], np.empty(0), np.empty((0, 0)), np.empty(0, dtype=np.int64), "")
        if model == "poisson" and not found.convergence:
            raise _not_converged(formula, f"{_STEPS} steps")
        estimate = dict(found.coef())
        return _Answer(
            terms=[str(name) for name in estimate],
            estimate=np.array(list(estimate.values()), dtype=np.float64),
            covariance=np.array(found._vcov, dtype=np.float64),  # noqa: SLF001
            left_out=np.sort(np.asarray(found.na_index, dtype=np.int64)),
            library=f"pyfixest {pyfixest.__version__}",
        )


def _not_converged(formula: str, why: str) -> ConvergenceError:
    return ConvergenceError(
        "the regression has not converged",
        where=formula,
        remedy="take fewer fixed effects, or leave out places with hardly any flow",
        diagnostics={"library": why},
    )


def _refuse_lost(lost: Sequence[str], effects: Sequence[str]) -> None:
    """A term that the fixed effects or other terms explain in full has no coefficient."""
    if lost:
        raise EstimationError(
            f"no effect can be told of {few(lost)}",
            where=f"fixed effects of {few(effects)} and the other terms explain it in full",
            remedy="leave the term out, or take fewer fixed effects",
            id="NotIdentified",
        )
