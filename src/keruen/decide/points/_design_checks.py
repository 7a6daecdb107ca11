# SPDX-License-Identifier: Apache-2.0
"""What a grid may be learned from: which factors are refused, which data are too thin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core._lists import plain
from keruen.core.arrays import few, require_dims
from keruen.core.errors import (
    CoverageError,
    EstimationError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.decide.points._design_fit import Bools, Floats, Ints

FORBIDDEN: Final[Mapping[str, tuple[str, ...]]] = {
    "ethnicity": (
        "ethnicity", "ethnic", "nationality", "race", "tribe", "этнос", "этническая",
        "национальность", "раса", "этникалық", "ұлты", "ұлт", "нәсіл",
    ),
    "religion": ("religion", "faith", "religious", "религия", "вероисповедание", "дін", "діні"),
    "sex": ("sex", "gender", "пол", "гендер", "жынысы", "жыныс"),
    "marital status": (
        "marital", "married", "spouse", "семейное", "брак", "супруг", "отбасылық", "некеде", "неке",
    ),
}  # fmt: skip
"""What may never earn points, with the words that give it away in a name."""

_AGE: Final = ("age", "возраст", "жас", "жасы")
_LEAST: Final = 10


@dataclass(frozen=True)
class Candidates:
    """Factors as whole levels, and outcomes.

    Parameters
    ----------
    levels : array [candidate, factor]
        Place of each candidate's level in the order of its factor.
    names : tuple of str
        Factors.
    labels : tuple of tuple of str
        Levels of each factor, in order.
    ordered : tuple of bool
        Which factors are ordered.
    known : array [candidate], bool
        Who was admitted, so that the outcome is known.
    good : array [candidate], bool
        The outcome; false where it is not known.
    """

    levels: Ints
    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    ordered: tuple[bool, ...]
    known: Bools
    good: Bools


def candidates(
    factors: xr.Dataset,
    outcome: xr.DataArray,
    order: Mapping[str, Sequence[str]],
    *,
    age_in_law: bool,
) -> Candidates:
    """Factors and outcomes as numbers, every fault at once.

    Parameters
    ----------
    factors : Dataset [candidate], text
        Level of each factor.
    outcome : DataArray [candidate], 0, 1 or missing
        The outcome of the admitted.
    order : mapping of str to sequence of str
        Levels of the ordered factors from the least.
    age_in_law : bool
        Whether the law uses age already.

    Returns
    -------
    Candidates
    """
    require_dims(outcome, "candidate", name="outcome")
    names = tuple(str(name) for name in factors.data_vars)
    values = np.asarray(outcome.to_numpy(), dtype=float)
    raise_faults(
        [
            *_forbidden(names, age_in_law=age_in_law),
            *_level_faults(factors, outcome, order),
            *_outcome_faults(values),
        ],
        where="the grid to be learned",
    )
    labels, levels = [], []
    for name in names:
        texts = factors[name].to_numpy().astype(str)
        known = tuple(str(one) for one in order.get(name, np.unique(texts)))
        labels.append(known)
        levels.append(_codes(texts, known))
    return Candidates(
        levels=np.stack(levels, axis=1).astype(np.int64),
        names=names,
        labels=tuple(labels),
        ordered=tuple(name in order for name in names),
        known=np.isfinite(values),
        good=values == 1.0,
    )


def _codes(texts: np.ndarray, known: tuple[str, ...]) -> Ints:
    """Place of each text in the list."""
    unique, inverse = np.unique(texts, return_inverse=True)
    return np.array([known.index(str(one)) for one in unique], dtype=np.int64)[inverse]


def _forbidden(names: Sequence[str], *, age_in_law: bool) -> Iterator[WorkbenchError]:
    for name in names:
        words = set(plain(name).replace("_", " ").split())
        for what, signs in FORBIDDEN.items():
            if words & {plain(sign) for sign in signs}:
                yield SchemaError(
                    f"'{name}' may not earn points: it is {what}",
                    where="factors",
                    remedy="leave it out of the factors; give it as a group, to see the effect",
                    id="ForbiddenFactor",
                )
        if not age_in_law and words & {plain(sign) for sign in _AGE}:
            yield SchemaError(
                f"'{name}' may earn points only where the law already uses age",
                where="factors",
                remedy="leave it out, or say so with age_in_law=True",
                id="ForbiddenFactor",
            )


def _level_faults(
    factors: xr.Dataset, outcome: xr.DataArray, order: Mapping[str, Sequence[str]]
) -> Iterator[WorkbenchError]:
    strange = [name for name in order if name not in factors]
    if strange:
        yield SchemaError(
            f"there is no factor {few(strange)}", where="order", remedy="name factors given"
        )
    if not factors.data_vars:
        yield SchemaError("there is no factor", where="factors", remedy="give one or more")
        return
    if not factors.indexes["candidate"].equals(outcome.indexes["candidate"]):
        yield CoverageError(
            "factors and outcome are not of the same candidates in one order",
            where="candidate",
            remedy="select the same candidates in both",
        )
    for name, array in factors.items():
        texts = array.to_numpy()
        gone = array.isnull().to_numpy() | (texts.astype(str) == "")
        if gone.any():
            yield SchemaError(
                f"'{name}' is missing for {few(factors.indexes['candidate'][gone])}",
                where="factors",
                remedy="fill it, or make a level for those of whom it is not known",
                id="MissingCell",
            )
        known = {str(one) for one in order.get(str(name), ())}
        extra = sorted(set(texts[~gone].astype(str)) - known) if known else []
        if extra:
            yield SchemaError(
                f"levels of '{name}' without a place in its order: {few(extra)}",
                where="order",
                remedy="list every level from the least",
                id="UnknownLevel",
            )


def _outcome_faults(values: Floats) -> Iterator[WorkbenchError]:
    known = values[np.isfinite(values)]
    if not np.isin(known, [0.0, 1.0]).all():
        yield SchemaError(
            "an outcome is neither 0 nor 1",
            where="outcome",
            remedy="give 1, 0, or nothing for those not admitted",
            id="BadOutcome",
        )
        return
    fewer = int(min(known.sum(), known.size - known.sum()))
    if fewer < _LEAST:
        yield EstimationError(
            f"only {fewer} of {known.size} outcomes differ from the others",
            where="outcome",
            remedy=f"{_LEAST} successes and {_LEAST} failures at least; wait for more cohorts",
            id="OneOutcome" if fewer == 0 else "TooFew",
        )


def refuse_separation(logit: Floats, good: Floats, whole: Floats) -> None:
    """Refuse data in which a score tells every outcome without error.

    Parameters
    ----------
    logit : array [row]
        Continuous fit of each row.
    good, whole : array [row]
        Successes and persons.
    """
    success, failure = logit[good > 0], logit[whole - good > 0]
    if success.min() > failure.max():
        raise EstimationError(
            "the factors tell every outcome without error",
            where="the grid to be learned",
            remedy="look for a factor that is recorded after the outcome, or give more people",
            id="PerfectSeparation",
        )
