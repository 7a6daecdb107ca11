# SPDX-License-Identifier: Apache-2.0
"""Bootstrap of a population estimated from one list: samples of people, fitted together."""

from __future__ import annotations

import numpy as np

from keruen.measure._capture_cells import CaptureCells
from keruen.measure._count_fit import Fit, fit, sizes, unbounded
from keruen.measure._count_models import CountModel, Floats


def bootstrap_sizes(
    model: CountModel, cells: CaptureCells, found: Fit, *, draws: int, seed: int
) -> Floats:
    """Population [draw, stratum] of samples drawn from the people caught.

    The number caught is binomial from the population estimated; the people are drawn with
    replacement. A sample in which a group is not caught again has an infinite population.
    """
    rng = np.random.default_rng(seed)
    people = cells.people
    caught = people.sum()
    everybody = np.ones((people.size, 1))
    size, _ = sizes(model, cells.groups, people[None], found, everybody)
    number = rng.binomial(round(float(size[0, 0])), caught / size[0, 0], size=draws)
    sample = rng.multinomial(number, people / caught).astype(float)
    refit = fit(model, cells.groups, sample, found.parameters[0])
    drawn, _ = sizes(model, cells.groups, sample, refit, cells.member)
    lost = unbounded(model, cells.groups, refit) | ~refit.settled
    everyone = np.where(lost[:, None], np.inf, drawn)
    return np.where(np.isfinite(everyone), everyone, np.inf)
