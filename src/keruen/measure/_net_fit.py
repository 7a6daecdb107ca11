# SPDX-License-Identifier: Apache-2.0
"""Kernel: flow tables nearest to a seed whose net totals are given.

``net`` is arrivals less departures of each place. Entropy and least squares have one
multiplier a place and a convex dual whose Hessian is the Laplacian of a graph; Newton's
method solves all tables together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.measure._programme import solve_programme
from keruen.measure._scaling import Floats
from keruen.measure._threads import one_thread

_HALVINGS: Final = 40
_RIDGE: Final = 1e-11
_LONGEST: Final = 20.0


@dataclass(frozen=True)
class NetFit:
    """Tables ``[table, place, place]``, their largest errors, and iterations taken."""

    flows: Floats
    error: Floats
    iterations: int


def net_error(flows: Floats, net: Floats) -> Floats:
    """Largest gap of any place, relative to all that came and went there."""
    arrived, left = flows.sum(axis=1), flows.sum(axis=2)
    gross = np.maximum(arrived + left, np.abs(net))
    return np.asarray((np.abs(arrived - left - net) / np.where(gross > 0, gross, 1.0)).max(axis=1))


def fit_dual(
    seed: Floats, net: Floats, *, entropy: bool, rtol: float, max_iterations: int
) -> NetFit:
    """Least relative entropy to the seed, or least squares, by Newton on the multipliers."""
    scale = np.maximum(seed.sum(axis=(1, 2)), np.abs(net).sum(axis=1))
    scale = np.where(scale > 0, scale, 1.0)[:, None, None]
    seed, net = seed / scale, net / scale[:, :, 0]
    x = np.zeros_like(net)
    flows, curve = _primal(seed, x, entropy=entropy)
    error, iterations = net_error(flows, net), 0
    close = False
    while iterations < max_iterations and not (close and (error <= rtol).all()):
        close = bool((error <= rtol).all())  # one step beyond: convergence is quadratic
        iterations += 1
        gradient = flows.sum(axis=2) - flows.sum(axis=1) + net
        step = _direction(curve, gradient)
        x = _searched(seed, net, x, step, gradient, entropy=entropy)
        flows, curve = _primal(seed, x, entropy=entropy)
        error = net_error(flows, net)
    return NetFit(flows * scale, error, iterations)


def _primal(seed: Floats, x: Floats, *, entropy: bool) -> tuple[Floats, Floats]:
    """Flows at some multipliers, and their slope in the difference of two multipliers."""
    pull = x[:, :, None] - x[:, None, :]
    if entropy:
        flows = seed * np.exp(pull)
        return flows, flows
    flows = np.where(seed > 0, np.maximum(seed + pull, 0.0), 0.0)
    return flows, (flows > 0).astype(float)


def _height(seed: Floats, net: Floats, x: Floats, *, entropy: bool) -> Floats:
    with np.errstate(over="ignore"):
        flows, _ = _primal(seed, x, entropy=entropy)
        area = flows if entropy else flows**2 / 2
        return np.asarray(area.sum(axis=(1, 2)) + (net * x).sum(axis=1))


def _direction(curve: Floats, gradient: Floats) -> Floats:
    hessian = -(curve + curve.swapaxes(1, 2))
    places = np.arange(hessian.shape[1])
    hessian[:, places, places] = 0.0
    degree = -hessian.sum(axis=2)
    typical = degree.max(axis=1, keepdims=True, initial=1e-300)
    degree = np.maximum(degree, 1e-12 * typical)
    root = 1.0 / np.sqrt(degree)
    hessian *= root[:, :, None] * root[:, None, :]
    hessian[:, places, places] = 1.0 + _RIDGE
    with one_thread():
        step = -root * np.linalg.solve(hessian, (root * gradient)[:, :, None])[:, :, 0]
    return np.asarray(step - step.mean(axis=1, keepdims=True))


def _searched(
    seed: Floats, net: Floats, x: Floats, step: Floats, gradient: Floats, *, entropy: bool
) -> Floats:
    """Multipliers after a step that is shortened until the dual falls."""
    length = np.ones((len(x), 1))
    if entropy:
        length /= np.maximum(np.abs(step).max(axis=1, keepdims=True) / _LONGEST, 1.0)
    start = _height(seed, net, x, entropy=entropy)
    slope = (gradient * step).sum(axis=1)
    for _ in range(_HALVINGS):
        height = _height(seed, net, x + length * step, entropy=entropy)
        bad = ~(height <= start + 1e-4 * length[:, 0] * slope + 1e-13 * (1 + np.abs(start)))
        if not bad.any():
            break
        length[bad] /= 2
    return np.asarray(x + length * step)


def fit_cycles(seed: Floats, net: Floats, *, rtol: float, max_iterations: int) -> NetFit:
    """The same least-entropy tables, one place at a time: ``A a^2 + N a - C = 0``."""
    factor = np.ones_like(net)
    error, iterations = np.full(len(net), np.inf), 0
    while iterations < max_iterations and not (error <= rtol).all():
        iterations += 1
        for i in range(net.shape[1]):
            out = (seed[:, i, :] / factor).sum(axis=1)
            into = (seed[:, :, i] * factor).sum(axis=1)
            factor[:, i] = _positive_root(out, net[:, i], into, factor[:, i])
        factor /= np.exp(np.log(factor).mean(axis=1, keepdims=True))
        flows = factor[:, :, None] * seed / factor[:, None, :]
        error = net_error(flows, net)
    return NetFit(factor[:, :, None] * seed / factor[:, None, :], error, iterations)


def _positive_root(a: Floats, b: Floats, c: Floats, otherwise: Floats) -> Floats:
    """Positive root of ``a x^2 + b x - c``, without cancellation."""
    root = np.sqrt(b * b + 4 * a * c)
    top = np.where(b > 0, 2 * c, root - b)
    bottom = np.where(b > 0, b + root, 2 * a)
    fine = (top > 0) & (bottom > 0)
    return np.where(fine, np.divide(top, bottom, out=np.ones_like(top), where=fine), otherwise)


def fit_absolute(seed: Floats, net: Floats) -> Floats:
    """Least sum of absolute changes of one table ``[place, place]``: a linear programme."""
    from scipy.sparse import coo_array

    origin, target = np.nonzero(seed > 0)
    start, count = seed[origin, target], len(origin)
    scale = max(float(start.max(initial=0.0)), float(np.abs(net).max()), 1e-300)
    cells = np.arange(count)
    ones = np.ones(count)
    signs = np.concatenate([ones, -ones, -ones, ones])
    rows = np.concatenate([target, origin, target, origin])
    columns = np.concatenate([cells, cells, count + cells, count + cells])
    constraints = coo_array((signs, (rows, columns)), shape=(len(net), 2 * count))
    wanted = (net - (seed.sum(axis=0) - seed.sum(axis=1))) / scale
    highest = np.concatenate([np.full(count, np.inf), start / scale])
    best = solve_programme(
        np.ones(2 * count), constraints, wanted, wanted, highest=highest, what="the flow table"
    )
    flows = np.zeros_like(seed)
    flows[origin, target] = np.maximum(
        start + scale * (best.values[:count] - best.values[count:]), 0.0
    )
    return flows
