# SPDX-License-Identifier: Apache-2.0
"""What migration adds to a population: migrants and their descendants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.project import _kernel as kernel
from keruen.project._inputs import cells_last, survival
from keruen.project.components import Components, variant
from keruen.project.population import project_population
from keruen.project.projection import Projection
from keruen.project.rules import Rules


@dataclass(frozen=True)
class Contribution:
    """What migration adds to a population.

    Parameters
    ----------
    migrants : DataArray [..., year, sex, age], persons
        The migrants themselves, those who left counted as losses.
    descendants : DataArray [..., year, sex, age], persons
        Children born to them since, and theirs.
    total : DataArray [..., year, sex, age], persons
        Projection with migration less projection without.
    """

    migrants: xr.DataArray
    descendants: xr.DataArray
    total: xr.DataArray


def contribution_of_migration(
    base: xr.DataArray, components: Components, *, rules: Rules, years: Sequence[int]
) -> Contribution:
    """Population owed to migration since the base: migrants, and their descendants.

    Parameters
    ----------
    base : DataArray [..., sex, age], persons
        Population at the start of the first year.
    components : Components
        Fertility, mortality and migration.
    rules : Rules
        Conventions.
    years : sequence of int
        First year of every step.

    Returns
    -------
    Contribution
        Two parts that add to the total.

    See Also
    --------
    variant : The zero-migration variant alone.

    Notes
    -----
    The total is the projection less the zero-migration variant. Migrants are what survives
    of net migrants when nobody gives birth ("migrants with zero fertility"); the rest are
    their descendants.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.

    Examples
    --------
    >>> from keruen.project.population import Fertility
    >>> age, sex = [0, 1, 2, 3], ["F", "M"]
    >>> base = xr.DataArray(np.full((2, 4), 100.0), coords={"sex": sex, "age": age})
    >>> cells = {"year": [2024], "sex": sex, "age": age}
    >>> alive = xr.DataArray(np.full((1, 2, 4), 0.9), coords=cells, attrs={"kind": "probability"})
    >>> net = xr.DataArray([[[0.0, 4, 0, 0]] * 2], coords=cells)
    >>> rate = xr.DataArray([[0.5]], coords={"year": [2024], "age": [1]})
    >>> given = Components(Fertility(rate, xr.ones_like(rate.isel(age=0, drop=True))), alive, net)
    >>> part = contribution_of_migration(base, given, rules=Rules(), years=[2024])
    >>> part.migrants.sel(year=2025).sum().item(), part.descendants.sel(year=2025).sum().item()
    (8.0, 0.0)
    """
    without = variant(components, "zero_migration")
    runs: list[Projection] = [
        project_population(
            base, part.fertility, part.mortality, part.migration, rules=rules, years=years
        )
        for part in (components, without)
    ]
    total = runs[0].population - runs[1].population
    migrants = _migrants_alone(runs[0], components.mortality, rules)
    parts = {"migrants": migrants, "descendants": total - migrants, "total": total}
    return Contribution(
        **{
            name: stamp(
                part,
                name=name,
                units="persons",
                kind="count",
                inputs=(base,),
                concept="stock",
                moment=rules.moment,
            )
            for name, part in parts.items()
        }
    )


def _migrants_alone(run: Projection, mortality: xr.DataArray, rules: Rules) -> xr.DataArray:
    """Survivors of net migrants, losses negative, births left out."""
    population = run.population
    years = run.migration.indexes["year"]
    survivorship, _ = survival(mortality)
    cells = [str(d) for d in population.dims if d not in ("year", "sex", "age")]
    order = {d: population.indexes[d] for d in survivorship.dims if d != "year"}
    S = cells_last(survivorship.sel(year=years).sel(order), cells, "sex", "age")
    M = cells_last(run.migration, cells, "sex", "age")
    own = np.zeros((len(M) + 1, *M.shape[1:]))
    for t, net in enumerate(M):
        early = 0.5 * net if rules.migration == "even" else 0.0 * net
        kernel.survive(own[t] + early, S[t], own[t + 1])
        own[t + 1] += net - early
    stacked = population.transpose("year", *cells, "sex", "age")
    return stacked.copy(data=own).transpose(*population.dims)
