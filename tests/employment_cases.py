# SPDX-License-Identifier: Apache-2.0
"""Made-up past placements whose truth is known, for the tests of the chance of work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import expit

from keruen.decide.employment_model import fit_employment
from keruen.decide.employment_value import policy_value


@dataclass(frozen=True)
class Past:
    """Placements, outcomes, and what is never seen: chances of work and of the placement."""

    features: xr.Dataset
    locality: xr.DataArray
    outcome: xr.DataArray
    arrival: xr.DataArray
    chance: xr.DataArray
    placed: xr.DataArray

    def fit(self, **options):
        return fit_employment(
            self.features, self.locality, self.outcome, self.arrival, **{"seed": 1, **options}
        )

    def value(self, model, policy, **options):
        past = self.features, self.locality, self.outcome
        return policy_value(model, *past, policy, **{"seed": 1, **options})


def past_placements(persons, localities, seed, *, first=0) -> Past:
    """Those with languages do well in odd localities; the educated were sent to early ones."""
    rng = np.random.default_rng(seed)
    who = {"person": [f"p{first + each}" for each in range(persons)]}
    where = {"locality": [f"l{each}" for each in range(localities)]}
    age = rng.integers(18, 60, persons)
    educated, language = rng.random(persons) < 0.4, rng.random(persons) < 0.5
    odd = np.arange(localities) % 2 == 1
    level = -0.5 - 0.03 * (age - 35) + 0.8 * educated
    effect = np.linspace(-0.7, 0.7, localities)
    odds = level[:, None] + effect + 1.5 * (language[:, None] & odd)
    leaning = np.where(educated[:, None], np.linspace(0.8, -0.8, localities), 0.0)
    placed = np.exp(leaning) / np.exp(leaning).sum(axis=1, keepdims=True)
    at = (placed.cumsum(axis=1) < rng.random(persons)[:, None]).sum(axis=1)
    chance = expit(odds)
    worked = rng.random(persons) < chance[np.arange(persons), at]
    features = {
        "age": ("person", age),
        "education": ("person", np.where(educated, "tertiary", "secondary")),
        "language": ("person", language),
    }
    return Past(
        xr.Dataset(features, who),
        xr.DataArray(np.array(where["locality"])[at], who),
        xr.DataArray(worked.astype(int), who),
        xr.DataArray(np.datetime64("2023-01-01") + np.arange(persons) // 5, who),
        xr.DataArray(chance, {**who, **where}),
        xr.DataArray(placed, {**who, **where}),
    )
