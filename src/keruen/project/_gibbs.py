# SPDX-License-Identifier: Apache-2.0
"""Gibbs sampler of the hierarchical AR(1): all chains and countries advance together.

Every array has the shape (chains, countries) or (chains,). The likelihood enters only
through sums over pairs of neighbouring periods, so a sweep costs the same however long the
series are. With Student errors each pair carries a weight of its own, and the sums are
taken again in every sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FLOOR: Final = 1e-4
"""Smallest standard deviation of a shock, per person and period."""
_SHAPE_CEILING: Final = 10.0
_WANTED_ACCEPTANCE: Final = 0.44
_STORED: Final = ("mu", "phi", "variance", "lam", "tau", "a", "b", "nu")
_FREEDOM: Final = (1.0, 100.0)  # degrees of freedom: bounds of a prior flat in the logarithm


@dataclass(frozen=True)
class Pairs:
    """Neighbouring periods observed in both, as deviations from the country's mean.

    ``before`` and ``after`` are (countries, periods - 1), zero where a pair is missing;
    ``seen`` is 1.0 where both are observed; ``centre`` (countries,) was taken off.
    """

    before: Array
    after: Array
    seen: Array
    centre: Array


@dataclass(frozen=True)
class Sums:
    """Weighted sums over the pairs of each country: of 1, y, z, yy, zz and zy.

    y and z are deviations from ``centre``, so that no digits are lost in differences.
    """

    centre: Array
    n: Array
    y: Array
    z: Array
    yy: Array
    zz: Array
    zy: Array


@dataclass
class State:
    """Where the chains stand: countries (chains, countries), the world (chains,)."""

    mu: Array
    phi: Array
    variance: Array
    lam: Array
    tau: Array
    a: Array
    b: Array
    nu: Array
    step: Array  # of the random walks on ln(a - 1), ln nu and ln tau: (3, chains)


@dataclass(frozen=True)
class Draws:
    """Kept sweeps: (chains, kept, countries) for mu, phi, sigma; else (chains, kept)."""

    mu: Array
    phi: Array
    sigma: Array
    lam: Array
    tau: Array
    a: Array
    b: Array
    nu: Array
    accepted: Array


def pairs_of(rates: Array, fewest: int) -> Pairs:
    """Pairs of rates (countries, periods); countries with too few pairs contribute none."""
    seen = ~np.isnan(rates[:, 1:]) & ~np.isnan(rates[:, :-1])
    seen &= seen.sum(axis=1, keepdims=True) >= fewest
    count = np.maximum(seen.sum(axis=1), 1)
    centre = np.where(seen, rates[:, 1:], 0.0).sum(axis=1) / count
    moved = rates - centre[:, None]
    return Pairs(
        before=np.where(seen, moved[:, :-1], 0.0),
        after=np.where(seen, moved[:, 1:], 0.0),
        seen=seen.astype(np.float64),
        centre=centre,
    )


def sums_of(pairs: Pairs, weights: Array | None = None) -> Sums:
    """Sums over pairs, (1, countries) or with weights (chains, countries, pairs)."""
    w = pairs.seen[None] if weights is None else weights * pairs.seen
    y, z = pairs.after, pairs.before
    pick = "kct,ct->kc"
    return Sums(
        centre=pairs.centre,
        n=w.sum(axis=2),
        y=np.einsum(pick, w, y),
        z=np.einsum(pick, w, z),
        yy=np.einsum(pick, w, y * y),
        zz=np.einsum(pick, w, z * z),
        zy=np.einsum(pick, w, z * y),
    )


def cut_normal(
    mean: Array, sd: Array, low: Array | float, high: Array | float, rng: np.random.Generator
) -> Array:
    """Normal draws cut to [low, high], by the inverse of the distribution function.

    The interval is reflected to the left tail, where the function keeps its digits; beyond
    the reach of floating point the draw is the nearer bound.
    """
    from scipy.special import ndtr, ndtri

    from_low, to_high = (low - mean) / sd, (high - mean) / sd
    flip = from_low > 0
    near = np.where(flip, -to_high, from_low)
    far = np.where(flip, -from_low, to_high)
    start = ndtr(near)
    level = start + (ndtr(far) - start) * rng.random(mean.shape)
    z = ndtri(np.clip(level, 1e-300, 1 - 1e-16))
    return np.asarray(np.clip(mean + sd * np.where(flip, -z, z), low, high))


def mu_likelihood(state: State, sums: Sums) -> tuple[Array, Array]:
    """What the pairs say of mu given phi and variance: precision, and precision times mean.

    The mean is a deviation from the centre; (chains, countries) each.
    """
    pull = 1.0 - state.phi
    precision = sums.n * pull**2 / state.variance
    return precision, pull * (sums.y - state.phi * sums.z) / state.variance


def mu_moments(state: State, sums: Sums) -> tuple[Array, Array]:
    """Mean and standard deviation of mu given the rest, (chains, countries) each."""
    told, weighed = mu_likelihood(state, sums)
    wide = 1.0 / state.tau[:, None] ** 2
    precision = told + wide
    prior = state.lam[:, None] - sums.centre
    return sums.centre + (weighed + prior * wide) / precision, 1.0 / np.sqrt(precision)


def _draw_mu(state: State, sums: Sums, rng: np.random.Generator) -> None:
    mean, sd = mu_moments(state, sums)
    state.mu = mean + sd * rng.standard_normal(mean.shape)


def _draw_phi(state: State, sums: Sums, rng: np.random.Generator) -> None:
    mu = state.mu - sums.centre
    squares = sums.zz - 2.0 * mu * sums.z + sums.n * mu**2
    products = sums.zy - mu * (sums.z + sums.y) + sums.n * mu**2
    told = squares > 1e-30  # otherwise the data say nothing and the prior is flat
    squares = np.where(told, squares, 1.0)
    sd = np.where(told, np.sqrt(state.variance / squares), 1e6)
    state.phi = cut_normal(products / squares, sd, 0.0, 1.0, rng)


def _residual_squares(state: State, sums: Sums) -> Array:
    phi = state.phi
    level = (state.mu - sums.centre) * (1.0 - phi)
    total = sums.yy - 2.0 * phi * sums.zy + phi**2 * sums.zz
    total = total - 2.0 * level * (sums.y - phi * sums.z) + sums.n * level**2
    return np.maximum(total, 0.0)


def _draw_variance(state: State, sums: Sums, count: Array, rng: np.random.Generator) -> None:
    shape = state.a[:, None] + count / 2.0
    rate = state.b[:, None] + _residual_squares(state, sums) / 2.0
    state.variance = np.maximum(rate / rng.standard_gamma(shape), FLOOR**2)


def _accept(state: State, walk: int, gain: Array, rate: float, rng: np.random.Generator) -> Array:
    """Metropolis decisions, 1.0 or 0.0; the step is tuned while ``rate`` is above zero."""
    accepted = (np.log(rng.random(gain.shape)) < gain).astype(np.float64)
    state.step[walk] *= np.exp(rate * (accepted - _WANTED_ACCEPTANCE))
    return accepted


def _log_spread(log_tau: Array, lam: Array, precision: Array, weighed: Array, edge: float) -> Array:
    """Log density of ln tau with every mu integrated out; ``weighed`` is raw, not centred."""
    tau = np.exp(log_tau)
    shrunk = 1.0 + precision * tau[:, None] ** 2
    gap = (weighed - precision * lam[:, None]) ** 2
    gap = np.divide(gap, precision * shrunk, out=np.zeros_like(gap), where=precision > 0)
    value = log_tau - 0.5 * (np.log(shrunk) + gap).sum(axis=1)
    return np.where(tau < edge, value, -np.inf)


def _draw_world(
    state: State, sums: Sums, edge: float, rate: float, rng: np.random.Generator
) -> None:
    """Draw tau by a random walk, then lambda, both with every mu integrated out.

    With mu held, tau would creep where the means of countries hardly differ.
    """
    precision, weighed = mu_likelihood(state, sums)
    weighed = weighed + precision * sums.centre
    place = np.log(state.tau)
    proposed = place + state.step[2] * rng.standard_normal(place.shape)
    gain = _log_spread(proposed, state.lam, precision, weighed, edge) - _log_spread(
        place, state.lam, precision, weighed, edge
    )
    accepted = _accept(state, 2, gain, rate, rng)
    state.tau = np.exp(np.where(accepted, proposed, place))
    shrunk = 1.0 + precision * state.tau[:, None] ** 2
    told = np.maximum((precision / shrunk).sum(axis=1), 1e-30)
    mean = (weighed / shrunk).sum(axis=1) / told
    state.lam = cut_normal(mean, 1.0 / np.sqrt(told), -edge, edge, rng)


def _log_shape(log_excess: Array, logs: Array, inverses: Array, n: int, edge: float) -> Array:
    """Log density of ln(a - 1) with b integrated out, for countries' variances."""
    from scipy.special import gammainc, gammaln

    a = 1.0 + np.exp(log_excess)
    inside = a < _SHAPE_CEILING
    with np.errstate(divide="ignore"):
        reach = np.log(gammainc(n * a + 1.0, inverses * (a - 1.0) * edge))
    value = gammaln(n * a + 1.0) - n * gammaln(a) - a * logs - (n * a + 1.0) * np.log(inverses)
    return np.where(inside, value + reach, -np.inf)


def _draw_shape(state: State, edge: float, rate: float, rng: np.random.Generator) -> Array:
    """Draw a by a random walk on ln(a - 1) with b integrated out, then b given a."""
    from scipy.special import gammainc, gammaincinv

    n = state.variance.shape[1]
    logs, inverses = np.log(state.variance).sum(axis=1), (1.0 / state.variance).sum(axis=1)
    place = np.log(state.a - 1.0)
    proposed = place + state.step[0] * rng.standard_normal(place.shape)
    gain = _log_shape(proposed, logs, inverses, n, edge) - _log_shape(
        place, logs, inverses, n, edge
    )
    accepted = _accept(state, 0, gain, rate, rng)
    state.a = 1.0 + np.exp(np.where(accepted, proposed, place))
    shape, limit = n * state.a + 1.0, (state.a - 1.0) * edge
    level = gammainc(shape, inverses * limit) * rng.random(place.shape)
    state.b = np.minimum(gammaincinv(shape, level) / inverses, limit)
    return accepted


def _squared_shocks(state: State, pairs: Pairs) -> Array:
    """Squared standardised shocks of every pair, (chains, countries, pairs)."""
    mu, phi = (state.mu - pairs.centre)[..., None], state.phi[..., None]
    shock = pairs.after - mu - phi * (pairs.before - mu)
    return shock**2 / state.variance[..., None] * pairs.seen


def _log_freedom(log_nu: Array, squares: Array, count: float) -> Array:
    """Log likelihood of ln nu with the weights integrated out."""
    from scipy.special import gammaln

    nu = np.exp(log_nu)
    tails = np.log1p(squares / nu[:, None, None]).sum(axis=(1, 2))
    front = gammaln((nu + 1) / 2) - gammaln(nu / 2) - np.log(nu) / 2
    value = count * front - (nu + 1) / 2 * tails
    return np.where((nu > _FREEDOM[0]) & (nu < _FREEDOM[1]), value, -np.inf)


def _draw_weights(state: State, pairs: Pairs, rate: float, rng: np.random.Generator) -> Array:
    """Draw nu with the weights integrated out, then the weight of every pair."""
    squares = _squared_shocks(state, pairs)
    count = float(pairs.seen.sum())
    place = np.log(state.nu)
    proposed = place + state.step[1] * rng.standard_normal(place.shape)
    gain = _log_freedom(proposed, squares, count) - _log_freedom(place, squares, count)
    accepted = _accept(state, 1, gain, rate, rng)
    state.nu = np.exp(np.where(accepted, proposed, place))
    nu = state.nu[:, None, None]
    draws = rng.standard_gamma(np.broadcast_to((nu + 1) / 2, squares.shape))
    return draws / ((nu + squares) / 2)


def _start(
    pairs: Pairs, chains: int, edge: float, fixed: dict[str, float], rng: np.random.Generator
) -> State:
    """Scattered starting points, so that agreement of the chains means something."""
    count = np.maximum(pairs.seen.sum(axis=1), 1.0)
    spread = np.sqrt((pairs.after**2).sum(axis=1) / count) + FLOOR
    shape = (chains, len(spread))
    far = rng.standard_normal(shape)
    a = np.full(chains, fixed.get("a", 1.0)) + (0.0 if "a" in fixed else 10 ** rng.uniform(-3, -1))
    return State(
        mu=pairs.centre + spread * far,
        phi=rng.random(shape),
        variance=(spread * np.exp(rng.uniform(-1.0, 1.0, shape))) ** 2,
        lam=np.full(chains, fixed.get("lam", 0.0)),
        tau=np.full(chains, fixed.get("tau", edge / 2)),
        a=a,
        b=np.full(chains, fixed["b"]) if "b" in fixed else (a - 1.0) * edge / 10.0,
        nu=np.exp(rng.uniform(np.log(2.0), np.log(20.0), chains)),
        step=np.full((3, chains), 0.3),
    )


def sample(
    pairs: Pairs,
    *,
    edge: float,
    sweeps: int,
    burn_in: int,
    chains: int,
    kept: int,
    student: bool,
    fixed: dict[str, float],
    rng: np.random.Generator,
) -> Draws:
    """Run the sampler and keep ``kept`` evenly spaced sweeps of every chain.

    ``edge`` is the bound h / 10 of the world mean and spread; ``fixed`` holds ``lam``,
    ``tau``, ``a`` and ``b`` when they are given and not estimated.
    """
    state = _start(pairs, chains, edge, fixed, rng)
    count, sums = pairs.seen.sum(axis=1), sums_of(pairs)
    keep = np.zeros(sweeps, dtype=bool)
    keep[np.linspace(burn_in, sweeps - 1, kept).astype(int)] = True
    store: dict[str, list[Array]] = {name: [] for name in _STORED}
    accepted = np.zeros(chains)
    for sweep in range(sweeps):
        rate = max(0.0, 1.0 - sweep / burn_in) if burn_in else 0.0
        if student:
            sums = sums_of(pairs, _draw_weights(state, pairs, rate, rng))
        if not fixed:
            accepted += _draw_shape(state, edge, rate, rng)
            _draw_world(state, sums, edge, rate, rng)
        _draw_mu(state, sums, rng)
        _draw_phi(state, sums, rng)
        _draw_variance(state, sums, count, rng)
        if keep[sweep]:
            for name, values in store.items():
                values.append(np.copy(getattr(state, name)))
    parts = {name: np.stack(values, axis=1) for name, values in store.items()}
    return Draws(sigma=np.sqrt(parts.pop("variance")), accepted=accepted / sweeps, **parts)
