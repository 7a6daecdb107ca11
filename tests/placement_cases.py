# SPDX-License-Identifier: Apache-2.0
"""Made-up families and localities for the tests of placement."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import expit

from keruen.decide.placement_tables import PlacementTables

SERVICES = ["houses", "persons", "school", "jobs"]


def recipe(families: int, localities: int, seed: int) -> PlacementTables:
    """The fixed recipe of the specification: draws in a stated order."""
    rng = np.random.default_rng(seed)
    size = np.clip(rng.poisson(2.6, families) + 1, 1, 10)
    children = np.minimum(rng.binomial(size, 0.42), size - 1)
    workers = np.maximum(1, rng.binomial(size - children, 0.75))
    needs = np.stack([np.ones_like(size), size, children, workers], axis=1)
    share = rng.dirichlet(np.full(localities, 4.0))
    room = np.ceil(needs.sum(axis=0) * share[:, None] * [1.05, 1.05, 1.15, 1.10]).astype(int)
    draw = rng.normal(0, 0.5, localities)
    draw = draw + rng.normal(-0.4, 0.8, families)[:, None]
    chance = expit(draw + rng.normal(0, 0.6, (families, localities)))
    compat = rng.random((families, localities)) < 0.7
    return tables(needs, room, np.where(compat, chance * workers[:, None], np.nan), compat)


def tables(needs, room, score, compat=None, services=SERVICES, **more) -> PlacementTables:
    """Tables from plain arrays, with families f0, f1 ... and localities l0, l1 ..."""
    needs, room, score = np.asarray(needs), np.asarray(room), np.asarray(score, dtype=float)
    who = {"family": [f"f{each}" for each in range(len(needs))]}
    where = {"locality": [f"l{each}" for each in range(len(room))]}
    what = {"service": services[: needs.shape[1]]}
    return PlacementTables(
        xr.DataArray(needs, {**who, **what}),
        xr.DataArray(room, {**where, **what}),
        xr.DataArray(score, {**who, **where}),
        compat=None if compat is None else xr.DataArray(np.asarray(compat), {**who, **where}),
        **more,
    )
