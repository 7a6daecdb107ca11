# SPDX-License-Identifier: Apache-2.0
"""Fits of count models by Newton's method, many weightings of the same cells at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.measure._count_models import Cell, CountModel, Floats, cells
from keruen.measure._jets import pairs, variables
from keruen.measure._threads import one_thread

_STEPS: Final = 200
_CLOSE: Final = 1e-10
"""A fit is done when another step would raise the log-likelihood by less than this."""
_BLOCK: Final = 500_000
_EDGE: Final = 14.0
"""A linear predictor beyond this is on its way to infinity."""


@dataclass(frozen=True)
class Cells:
    """Groups of people alike: their design, and how often each was caught."""

    design: Floats
    """[cell, coefficient]"""
    times: np.ndarray[tuple[int], np.dtype[np.int64]]
    """[cell]"""


@dataclass(frozen=True)
class Fit:
    """Fits of one model to several weightings of the cells."""

    parameters: Floats
    """[draw, parameter]: coefficients, then the extra parameters."""
    log_likelihood: Floats
    """[draw]"""
    settled: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """[draw]; whether the maximum was found."""
    extreme: Floats
    """[draw]: the smallest linear predictor of a cell with people."""
    information: Floats
    """[draw, parameter, parameter]: minus the Hessian."""


def fit(model: CountModel, groups: Cells, people: Floats, start: Floats) -> Fit:
    """Maximum likelihood for each weighting ``people`` [draw, cell] of the cells."""
    size = max(1, _BLOCK // max(groups.times.size, 1))
    with one_thread(), np.errstate(all="ignore"):
        parts = [
            _fit_block(model, groups, people[first : first + size], start)
            for first in range(0, len(people), size)
        ]
    return Fit(*(np.concatenate(kind) for kind in zip(*parts, strict=True)))


def _fit_block(
    model: CountModel, groups: Cells, people: Floats, start: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    draws = len(people)
    best = np.tile(start, (draws, 1))
    height, slope, bend = _evaluate(model, groups, people, best)
    done = np.zeros(draws, dtype=bool)
    shrink = np.ones(draws)
    for _ in range(_STEPS):
        rows = np.flatnonzero(~done)
        if not rows.size:
            break
        step = _direction(slope[rows], bend[rows])
        gain = np.einsum("dp,dp->d", step, slope[rows])
        trial = best[rows] + shrink[rows, None] * step
        level, first, second = _evaluate(model, groups, people[rows], trial)
        better = np.isfinite(level) & (level >= height[rows] - 1e-9 * (1 + abs(height[rows])))
        took = rows[better]
        best[took], height[took] = trial[better], level[better]
        slope[took], bend[took] = first[better], second[better]
        shrink[rows] = np.where(better, 1.0, shrink[rows] / 4)
        done[rows] = (better & (gain < _CLOSE)) | (shrink[rows] < 1e-9)
    settled = done & (abs(slope).max(axis=1) < 1e-4 * np.maximum(people.sum(axis=1), 1))
    eta = np.where(people > 0, best[:, : groups.design.shape[1]] @ groups.design.T, np.inf)
    return best, height, settled, eta.min(axis=1), -bend


def _direction(slope: Floats, bend: Floats) -> Floats:
    """Newton's step uphill; where the surface is not a hill, along its main axes.

    Parameters are first scaled to equal curvature: an age in years and a share differ by
    orders of magnitude.
    """
    table = np.nan_to_num(-bend)
    scale = 1 / np.sqrt(np.maximum(abs(np.einsum("dpp->dp", table)), 1e-12))
    values, axes = np.linalg.eigh(table * scale[:, :, None] * scale[:, None, :])
    along = np.einsum("dpk,dp->dk", axes, slope * scale) / np.maximum(abs(values), 1e-8)
    step: Floats = np.einsum("dpk,dk->dp", axes, along) * scale
    longest = abs(step).max(axis=1, keepdims=True)
    step *= np.minimum(1.0, 3.0 / np.maximum(longest, 1e-300))
    return step


def variance_of(information: Floats) -> Floats:
    """Inverse of minus the Hessian; a parameter that the data do not touch has variance 0."""
    diagonal = np.einsum("...pp->...p", information)
    scale = 1 / np.sqrt(np.maximum(abs(diagonal), 1e-12))
    both = scale[..., :, None] * scale[..., None, :]
    inverse: Floats = np.linalg.pinv(information * both, rcond=1e-10, hermitian=True) * both
    return inverse


def describe(model: CountModel, groups: Cells, parameters: Floats) -> Cell:
    """What a model says of each cell [draw, cell], with derivatives by eta and the extras."""
    count = groups.design.shape[1]
    eta = parameters[:, :count] @ groups.design.T
    extra = [parameters[:, [count + k]] for k in range(len(model.extra))]
    first, *others = variables(eta, *extra)
    return cells(model, first, tuple(others), groups.times)


def _evaluate(
    model: CountModel, groups: Cells, people: Floats, parameters: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood, gradient and Hessian of each draw."""
    share = describe(model, groups, parameters).log_share
    return (
        (people * share.value).sum(axis=1),
        gradient(groups, people, share.first),
        _hessian(groups, people, share.second, len(share.first)),
    )


def gradient(groups: Cells, people: Floats, first: tuple[Floats | float, ...]) -> Floats:
    """Derivatives [draw, parameter] of a sum over cells, from those of each cell."""
    own = (people * first[0]) @ groups.design
    extra = [(people * one).sum(axis=1, keepdims=True) for one in first[1:]]
    return np.concatenate([own, *extra], axis=1)


def _hessian(
    groups: Cells, people: Floats, second: tuple[Floats | float, ...], variables_: int
) -> Floats:
    design = groups.design
    count = design.shape[1]
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    size = count + variables_ - 1
    table = np.zeros((len(people), size, size))
    for k, (i, j) in enumerate(pairs(variables_)):
        cell = people * second[k]
        if i == 0 and j == 0:
            table[:, :count, :count] = (cell @ squares).reshape(-1, count, count)
        elif i == 0:
            table[:, :count, count + j - 1] = table[:, count + j - 1, :count] = cell @ design
        else:
            total = cell.sum(axis=1)
            table[:, count + i - 1, count + j - 1] = total
            table[:, count + j - 1, count + i - 1] = total
    return table


def unbounded(
    model: CountModel, groups: Cells, found: Fit
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Draws in which a group, or a parameter of the model, runs off to infinity."""
    beyond = found.extreme < -_EDGE
    count = groups.design.shape[1]
    for k, name in enumerate(model.extra):
        value = found.parameters[:, count + k]
        beyond |= value > (_EDGE / 2 if name == "log_dispersion" else _EDGE)
    return beyond


def sizes(
    model: CountModel, groups: Cells, people: Floats, found: Fit, member: Floats
) -> tuple[Floats, Floats]:
    """Population [draw, group] and its variance, with ``member`` [cell, group] of 0 and 1."""
    cell = describe(model, groups, found.parameters)
    total = (people * cell.people.value) @ member
    spread = (people * cell.variance) @ member
    slope = np.stack(
        [
            gradient(groups, people * member[:, g], cell.people.first)
            for g in range(member.shape[1])
        ],
        axis=1,
    )
    inverse = variance_of(found.information)
    return total, spread + np.einsum("dgp,dpq,dgq->dg", slope, inverse, slope)
