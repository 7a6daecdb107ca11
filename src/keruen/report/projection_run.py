# SPDX-License-Identifier: Apache-2.0
"""A run of a population projection: from published tables to single ages, years and paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.errors import CodeError, CoverageError, ScenarioError
from keruen.project.assumptions import (
    Trajectories,
    Variant,
    variant,
)
from keruen.project.paths import PathProjection, project_paths
from keruen.project.population import (
    EDITIONS,
    Projection,
    Rules,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_components import (
    PreparedComponents,
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.report.records import population_record
from keruen.sources.catalog import dataset
from keruen.sources.projection_inputs import (
    FIRST,
    LAST,
    projection_inputs,
)

if TYPE_CHECKING:
    import pandas as pd


QUANTILES: Final[Mapping[str, float]] = MappingProxyType(
    {"lower_95": 0.025, "lower_80": 0.1, "median": 0.5, "upper_80": 0.9, "upper_95": 0.975}
)
"""Columns of tables with trajectories, and their levels."""

VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(
    {
        "medium": "medium",
        "high": "high",
        "low": "low",
        "zero_migration": "zero_migration",
        "constant": "no_change",
        "constant_fertility": "constant_fertility",
        "constant_mortality": "constant_mortality",
        "instant_replacement": "instant_replacement",
        "momentum": "momentum",
    }
)
"""Names of variants as a user gives them, and as the engine knows them."""

_GROUP: Final = 5


@dataclass(frozen=True)
class ProjectionRun:
    """What a run used and what it found.

    Parameters
    ----------
    projection : Projection
        The variant: population, births, deaths, migration, adjustments.
    paths : PathProjection or None
        Quantiles by age and totals of every path, when trajectories were asked for.
    groups : DataArray [country, sex, age, quantile] or None, persons
        Quantiles of five-year age groups at the end of the last year.
    past : DataArray [year, country], persons
        Population on 1 January of the years to the base.
    base_changes : DataFrame
        By how much the base was changed to meet published totals.
    rules : Rules
        Conventions.
    options : dict
        Options as given.
    inputs : tuple of dict
        Embedded tables used: identifier, digest, title, citation, licence.
    record : str
        Track record of the projection, or "not evaluated".
    warnings : tuple of str
        What must be said beside the numbers.
    """

    projection: Projection
    paths: PathProjection | None
    groups: xr.DataArray | None
    past: xr.DataArray
    base_changes: pd.DataFrame
    rules: Rules
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Codes of the countries and areas."""
        return tuple(str(code) for code in self.projection.population.indexes["country"])

    @property
    def last(self) -> int:
        """The last year projected; the population runs to its end."""
        return int(self.projection.births.indexes["year"][-1])


def run_projection(
    country: str | Sequence[str],
    *,
    to: int = LAST,
    trajectories: int = 0,
    scenario: str = "medium",
    seed: int = 1,
    step: Step | None = None,
) -> ProjectionRun:
    """Project one country or all from the components of World Population Prospects 2024.

    Parameters
    ----------
    country : str or sequence of str
        Code or name of a country, several, or ``"all"``.
    to : int, optional
        Last year projected, 2024 to 2100; the population runs to its end.
    trajectories : int, optional
        Paths drawn around the medium variant from the published intervals; none when 0.
    scenario : str, optional
        One of ``VARIANTS``.
    seed : int, optional
        Seed of the paths.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    ProjectionRun

    Raises
    ------
    CodeError
        The country or the variant is unknown.
    CoverageError
        The year lies outside the components, or the area lacks one of them.
    ScenarioError
        Trajectories are asked for a variant that has no published intervals.

    See Also
    --------
    keruen.report.projection_release.write_projection : Writes the run to a folder.

    Notes
    -----
    Components are always prepared to 2100, so that a run to an earlier year is the beginning
    of the longer one, path by path. In a run of all countries with trajectories the net
    migration of the world is made zero in every path, year, sex and age; each country takes
    a part of the surplus by the variance of its count. Some countries alone have nothing to
    balance with.

    Examples
    --------
    >>> run = run_projection("KAZ", to=2030)
    >>> round(run.projection.population.sel(year=2031).sum().item(), -5)
    22100000.0
    """
    check_options(to, trajectories, scenario)
    tell = step or quiet
    tell(0.0, "inputs")
    tables = projection_inputs(country)
    tell(0.05, "components")
    ready, rules = prepare_components(tables), EDITIONS["2024"]
    tell(0.3, scenario)
    projection = national_projection(ready, variant(ready.components, VARIANTS[scenario]))
    paths, groups, sources = None, None, tables.sources
    if trajectories:
        tell(0.35, f"{trajectories} trajectories")
        drawn, more = drawn_components(tables, projection, trajectories=trajectories, seed=seed)
        paths, groups = _along(ready, drawn, rules, to, world=country == "all")
        sources = (*sources, *more)
    codes = [str(code) for code in ready.base.indexes["country"]]
    options: dict[str, object] = {"country": _asked(country, codes)}
    options |= {"to": to, "variant": scenario, "trajectories": trajectories}
    options |= {"seed": seed} if trajectories else {}
    return ProjectionRun(
        projection=until(projection, to),
        paths=paths,
        groups=groups,
        past=ready.past,
        base_changes=ready.base_changes,
        rules=rules,
        options=options,
        inputs=tuple(described(id) for id in sources),
        record=population_record(codes[0] if len(codes) == 1 else None, scenario=scenario),
        warnings=_warnings(trajectories, scenario),
    )


def _asked(country: str | Sequence[str], codes: list[str]) -> str | list[str]:
    """The countries as the manifest names them."""
    if country == "all":
        return "all"
    return codes[0] if isinstance(country, str) else codes


def check_options(to: int, trajectories: int, scenario: str) -> None:
    """Refuse a year, a number of paths or a variant that cannot be projected.

    Parameters
    ----------
    to : int
        Last year.
    trajectories : int
        Number of paths.
    scenario : str
        Name of the variant.
    """
    if scenario not in VARIANTS:
        raise CodeError(
            f"there is no variant '{scenario}'",
            where="variant",
            remedy=f"choose one of {', '.join(VARIANTS)}",
        )
    if not FIRST <= to <= LAST:
        raise CoverageError(
            f"the components run from {FIRST} to {LAST}, not to {to}",
            where="to",
            remedy=f"choose a year from {FIRST} to {LAST}",
            id="YearOutOfRange",
        )
    if trajectories and scenario != "medium":
        raise ScenarioError(
            f"intervals are published around the medium variant, not around '{scenario}'",
            where="trajectories",
            remedy="leave out the trajectories, or take the medium variant",
        )


def _warnings(trajectories: int, scenario: str) -> tuple[str, ...]:
    notes = []
    if 0 < trajectories < 200:
        notes.append(f"{trajectories} trajectories are few: the 95 % interval is rough")
    if scenario in ("high", "low"):
        notes.append(
            "half a child more or less from the first year; the United Nations reach it in steps"
        )
    return tuple(notes)


def until(projection: Projection, to: int) -> Projection:
    """The beginning of a projection.

    Parameters
    ----------
    projection : Projection
        A projection.
    to : int
        Last year kept; the population runs to its end.

    Returns
    -------
    Projection
    """
    steps, adjustments = slice(None, to), projection.adjustments
    return Projection(
        population=projection.population.sel(year=slice(None, to + 1)),
        births=projection.births.sel(year=steps),
        deaths=projection.deaths.sel(year=steps),
        migration=projection.migration.sel(year=steps),
        adjustments=adjustments[adjustments["year"] <= to].reset_index(drop=True),
    )


def _along(
    ready: PreparedComponents, drawn: Trajectories, rules: Rules, to: int, *, world: bool
) -> tuple[PathProjection, xr.DataArray]:
    """The population along the paths, and quantiles of age groups at the end."""
    base, parts = ready.base, ready.components
    places, width = base.sizes["country"], len(base.indexes["age"])
    levels = list(QUANTILES.values())
    lower = np.arange(0, width, _GROUP)
    groups = np.empty((places, 2, len(lower), len(levels)))

    def sink(t: int, c: int, people: NDArray[np.float64]) -> None:
        if t == to + 1 - FIRST:
            summed = np.add.reduceat(people.reshape(2, width, -1), lower, axis=1)
            groups[c] = np.moveaxis(np.quantile(summed, levels, axis=-1), 0, -1)

    paths = project_paths(
        base,
        parts.fertility,
        parts.mortality,
        parts.migration,
        drawn,
        rules=rules,
        years=list(range(FIRST, to + 1)),
        quantiles=levels,
        balance="variance" if world else None,
        sink=sink,
    )
    coords = {
        "country": base.indexes["country"],
        "sex": base.indexes["sex"],
        "age": lower,
        "quantile": levels,
    }
    return paths, xr.DataArray(groups, coords=coords, dims=list(coords), name="population")


def described(id: str) -> dict[str, str]:
    """What a manifest says of an embedded table.

    Parameters
    ----------
    id : str
        Identifier of the table.

    Returns
    -------
    dict of str
        ``id``, ``sha256``, ``title``, ``citation`` and ``licence``.
    """
    table = dataset(id)
    return {
        "id": id,
        "sha256": table.digest,
        "title": table.title,
        "citation": table.source.citation,
        "licence": table.source.licence.id,
    }
