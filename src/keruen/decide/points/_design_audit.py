# SPDX-License-Identifier: Apache-2.0
"""What a grid is worth on later cohorts, whom it favours, and what is not known of the refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.decide.points._design_fit import Bools, Cells, Floats, scaled

if TYPE_CHECKING:
    import pandas as pd

SMALL: Final = 30
"""Groups of fewer persons are reported and not tested."""

FOUR_FIFTHS: Final = 0.8
"""Ratio of shares selected below which a group is flagged."""

_Z: Final = 1.959963984540054


def auc(score: Floats, good: Bools) -> float:
    """Chance that one with the outcome has more points than one without; ties count half.

    Parameters
    ----------
    score : array
        Points.
    good : array of bool
        The outcome.

    Returns
    -------
    float
        Missing when all outcomes are equal.

    Examples
    --------
    >>> auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    0.875
    """
    from scipy.stats import rankdata

    count = int(good.sum())
    other = good.size - count
    if not count or not other:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[good].sum() - count * (count + 1) / 2) / (count * other))


def wilson(share: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Wilson's interval of a share, 95 per cent; 0 to 1 where there is nobody."""
    size = np.where(count > 0, count, 1.0)
    middle = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z * np.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2)) / (1 + _Z**2 / size)
    none = count <= 0
    return np.where(none, 0.0, middle - half), np.where(none, 1.0, middle + half)


def classes(score: Floats, most: int = 5) -> tuple[NDArray[np.int64], Floats]:
    """Class of each score by quantiles, from the lowest, and the lower end of each class."""
    cuts = np.unique(np.quantile(score, np.arange(1, most) / most, method="inverted_cdf"))
    lower = np.concatenate([[score.min()], cuts[cuts > score.min()]])
    return np.searchsorted(lower, score, side="right") - 1, lower


def rescaled(score: Floats, good: Bools, rows: Bools) -> tuple[Floats, Floats]:
    """Points of any grid on a scale of their own, and the logit fitted to some rows.

    Parameters
    ----------
    score : array
        Points.
    good : array of bool
        The outcome.
    rows : array of bool
        Who the logit is fitted to.

    Returns
    -------
    tuple of array
        Points less their mean in units of their spread; intercept and scale.
    """
    centred = (score - score[rows].mean()) / max(float(score[rows].std()), 1e-9)
    ones = np.ones(int(rows.sum()))
    people = Cells(
        ones[:, None], np.zeros(1, np.int64), np.ones(1, np.bool_), good[rows].astype(float), ones
    )
    fitted, _ = scaled(people, centred[rows][None], np.zeros(2), 25)
    return centred, fitted[0]


def quality(score: Floats, logit: Floats, good: Bools, rows: Bools) -> pd.DataFrame:
    """How well points tell the outcome of some people.

    Parameters
    ----------
    score : array
        Points.
    logit : array
        Intercept and scale of the chance.
    good : array of bool
        The outcome.
    rows : array of bool
        Who is judged.

    Returns
    -------
    DataFrame
        One row: ``persons``, ``auc``, ``brier``, ``log_loss``.
    """
    import pandas as pd

    at = logit[0] + logit[1] * score[rows]
    outcome = good[rows].astype(float)
    chance = 1.0 / (1.0 + np.exp(-at))
    found = {
        "persons": int(rows.sum()),
        "auc": auc(score[rows], good[rows]),
        "brier": float(np.mean((chance - outcome) ** 2)),
        "log_loss": float(np.mean(np.logaddexp(0.0, at) - outcome * at)),
    }
    return pd.DataFrame([found])


def calibration(score: Floats, chance: Floats, good: Bools) -> pd.DataFrame:
    """Predicted and observed outcomes by class of scores.

    Parameters
    ----------
    score, chance : array
        Points, and the chance that goes with them.
    good : array of bool
        The outcome.

    Returns
    -------
    DataFrame
        ``from_score``, ``persons``, ``predicted``, ``observed``, ``low``, ``high`` (Wilson,
        95 per cent).
    """
    import pandas as pd

    which, lower = classes(score)
    count = np.bincount(which, minlength=lower.size).astype(float)
    observed = np.bincount(which, weights=good, minlength=lower.size) / np.maximum(count, 1)
    predicted = np.bincount(which, weights=chance, minlength=lower.size) / np.maximum(count, 1)
    low, high = wilson(observed, count)
    return pd.DataFrame(
        {
            "from_score": lower,
            "persons": count.astype(int),
            "predicted": predicted,
            "observed": observed,
            "low": low,
            "high": high,
        }
    )


def worst_case(score: Floats, known: Bools, good: Bools) -> pd.DataFrame:
    """Bounds of the outcome among all applicants, whatever the refused would have done.

    Parameters
    ----------
    score : array
        Points of all applicants.
    known : array of bool
        Who was admitted, so that the outcome is known.
    good : array of bool
        The outcome; not read where it is not known.

    Returns
    -------
    DataFrame
        ``from_score``, ``applicants``, ``admitted``, ``observed`` (among the admitted),
        ``low``, ``high``: with a share q admitted, ``q p`` and ``q p + 1 - q`` (Manski).
    """
    import pandas as pd

    which, lower = classes(score)
    persons = np.bincount(which, minlength=lower.size).astype(float)
    admitted = np.bincount(which, weights=known, minlength=lower.size)
    success = np.bincount(which, weights=known & good, minlength=lower.size)
    return pd.DataFrame(
        {
            "from_score": lower,
            "applicants": persons.astype(int),
            "admitted": admitted.astype(int),
            "observed": np.where(admitted > 0, success / np.maximum(admitted, 1), np.nan),
            "low": success / persons,
            "high": (success + persons - admitted) / persons,
        }
    )


def top_share(score: Floats, share: float) -> tuple[Bools, float]:
    """Who has at least the pass mark, and the mark: the one that selects nearest to a share."""
    marks, counts = np.unique(score, return_counts=True)
    selected = counts[::-1].cumsum()[::-1] / score.size
    mark = float(marks[int(np.abs(selected - share).argmin())])
    return score >= mark, mark


def group_effects(
    score: Floats, selected: Bools, before: Bools | None, group: NDArray[np.object_], name: str
) -> pd.DataFrame:
    """Shares selected by group, their ratio to the best group, and whether points tell the group.

    Parameters
    ----------
    score : array
        Points of the grid.
    selected : array of bool
        Who passes.
    before : array of bool or None
        Who passed under the current grid at the same share.
    group : array of text
        Group of each.
    name : str
        What the groups are of.

    Returns
    -------
    DataFrame
        ``attribute``, ``group``, ``persons``, ``selected``, ``ratio``, ``ratio_low``,
        ``ratio_high`` (95 per cent, by the logarithm of the ratio), ``flag`` (``below_0.8``,
        ``small`` or empty), ``proxy_auc`` (0.5: points do not tell the group), ``gained`` and
        ``lost`` beside the current grid.
    """
    import pandas as pd

    names = np.unique(group.astype(str))
    own = group.astype(str)[:, None] == names
    persons = own.sum(axis=0)
    share = (own & selected[:, None]).sum(axis=0) / persons
    tested = persons >= SMALL
    best = share[tested].max() if tested.any() else np.nan
    at_best = int(np.where(tested, share, -1.0).argmax())
    ratio = np.where(tested & (best > 0), share / np.where(best > 0, best, 1.0), np.nan)
    odds = (1 - share) / np.maximum(persons * share, 1e-9)
    error = np.sqrt(odds + np.where(np.arange(names.size) == at_best, 0.0, odds[at_best]))
    error[at_best] = 0.0
    some = tested & (share > 0)
    flag = np.where(~tested, "small", np.where(ratio < FOUR_FIFTHS, "below_0.8", ""))
    table = pd.DataFrame(
        {
            "attribute": name,
            "group": names,
            "persons": persons,
            "selected": share,
            "ratio": ratio,
            "ratio_low": np.where(some, ratio * np.exp(-_Z * error), np.nan),
            "ratio_high": np.where(some, ratio * np.exp(np.minimum(_Z * error, 50)), np.nan),
            "flag": flag,
            "proxy_auc": [auc(score, own[:, place]) for place in range(names.size)],
        }
    )
    if before is not None:
        table["gained"] = (own & (selected & ~before)[:, None]).sum(axis=0)
        table["lost"] = (own & (before & ~selected)[:, None]).sum(axis=0)
    return table
