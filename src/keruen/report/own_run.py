# SPDX-License-Identifier: Apache-2.0
"""A run of a projection from a user's own tables: countries, regions or a single place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.errors import AccountError, CodeError, CoverageError, ScenarioError, SchemaError
from keruen.project.assumptions import Components, variant
from keruen.project.backtest import NOT_EVALUATED
from keruen.project.lifetable import life_table
from keruen.project.migration_ages import fundamental_ages
from keruen.project.population import (
    EDITIONS,
    Projection,
    RegionalProjection,
    Rules,
    project_population,
    project_regions,
)
from keruen.project.thin import regional_transitions
from keruen.project.transitions import multiregional_survivorship
from keruen.report.flow_run import Step, quiet
from keruen.report.own_checks import check_nation, own_words
from keruen.report.own_inputs import OwnInputs, prepare_own
from keruen.report.projection_run import VARIANTS, described
from keruen.sources.projection_files import OwnTables, read_projection

if TYPE_CHECKING:
    from keruen.sources.files import Scale

RULES: Rules = replace(EDITIONS["2024"], outflow="raise")
"""Conventions of 2024; migration that would empty a group is refused."""


@dataclass(frozen=True)
class OwnRun:
    """What a run of own tables used and what it found.

    Parameters
    ----------
    projection : Projection or RegionalProjection
        The variant; regional when people move between regions or agree with a nation.
    place : str
        Dimension of the places: ``country``, ``region``, or nothing.
    rules : Rules
        Conventions.
    options : dict
        Options as given.
    inputs : tuple of dict
        Files and embedded tables used, with their digests.
    record : str
        Track record, or "not evaluated".
    warnings : tuple of str
        What must be said beside the numbers.
    """

    projection: Projection | RegionalProjection
    place: str
    rules: Rules
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...]

    @property
    def last(self) -> int:
        """The last year projected; the population runs to its end."""
        return int(self.projection.births.indexes["year"][-1])


def run_own(
    path: Path,
    *,
    to: int | None = None,
    trajectories: int = 0,
    scenario: str = "medium",
    regions: bool = False,
    unit: Scale | None = None,
    step: Step | None = None,
) -> OwnRun:
    """Project a user's own tables.

    Parameters
    ----------
    path : Path
        Workbook with sheets, or folder with files: population, fertility, mortality,
        migration; for regions also moves and national.
    to : int, optional
        Last year projected; as far as the tables go when not given.
    trajectories : int, optional
        Must be 0: there are no published intervals around own tables.
    scenario : str, optional
        A variant, as in :func:`~keruen.report.projection_run.run_projection`.
    regions : bool, optional
        Whether the tables must be of regions.
    unit : {"thousand", "million"}, optional
        Multiple that counts of people are given in.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    OwnRun

    Raises
    ------
    FileError, FaultsError
        The tables cannot be read, or have faults.
    SchemaError, CoverageError
        Tables, years, ages or places are missing, or differ between tables.
    UnitsError
        Counts are in thousands (``UnitMismatch``).
    AccountError
        Regions do not add to the nation (``CoherenceError``), or more people would leave a
        group than live there (``ExtremeOutflow``).
    ScenarioError
        Trajectories are asked for, or a variant in agreement with a national projection.

    See Also
    --------
    keruen.report.own_release.write_own : Writes the run to a folder.
    """
    tell = step or quiet
    tell(0.0, "reading")
    tables = read_projection(path, unit=unit)
    _check(tables, trajectories, scenario, regions=regions)
    tell(0.4, "components")
    with own_words(tables):
        ready = prepare_own(tables, to=to)
        tell(0.6, scenario)
        parts = variant(ready.components, VARIANTS[scenario])
        apart = tables.moves is None and ready.national is None
        projection = _apart(ready, parts) if apart else _together(tables, ready, parts)
    options: dict[str, object] = {"file": path.name, "regions": tables.place == "region"}
    options |= {"to": ready.years[-1], "variant": scenario}
    options |= {"unit": unit} if unit else {}
    own = [{"id": name, "sha256": digest} for name, digest in tables.files.items()]
    return OwnRun(
        projection=projection,
        place=tables.place,
        rules=RULES,
        options=options,
        inputs=(*own, *(described(id) for id in ready.sources)),
        record=NOT_EVALUATED,
        warnings=ready.notes,
    )


def _check(tables: OwnTables, trajectories: int, scenario: str, *, regions: bool) -> None:
    if scenario not in VARIANTS:
        raise CodeError(
            f"there is no variant '{scenario}'",
            where="variant",
            remedy=f"choose one of {', '.join(VARIANTS)}",
        )
    if trajectories:
        raise ScenarioError(
            "intervals are published around the medium variant of the United Nations, not "
            "around your tables",
            where="trajectories",
            remedy="leave out the trajectories",
        )
    if scenario != "medium" and tables.national is not None:
        raise ScenarioError(
            f"the national projection is given; regions cannot agree with it and be '{scenario}'",
            where="variant",
            remedy="leave out the table 'national', or the variant",
        )
    if regions and tables.place != "region":
        raise SchemaError(
            "the population has no column 'region'",
            where="population",
            remedy="add it, or leave out --regions",
        )


def _apart(ready: OwnInputs, parts: Components) -> Projection:
    """Each place on its own."""
    return project_population(
        ready.base,
        parts.fertility,
        parts.mortality,
        parts.migration,
        rules=RULES,
        years=ready.years,
    )


def _together(tables: OwnTables, ready: OwnInputs, parts: Components) -> RegionalProjection:
    """Regions that exchange people, in agreement with the nation where it is given."""
    if ready.national is not None:
        check_nation(tables, ready.base, ready.national, ready.years[0])
    survivorship = _survivorship(tables.moves, ready.base, parts.mortality)

    def run(nation: Projection | None) -> RegionalProjection:
        return project_regions(
            ready.base, parts.fertility, survivorship, parts.migration,
            rules=RULES, years=ready.years, agree_with=nation,
        )  # fmt: skip

    free = run(None)
    _refuse_outflow(free)
    if ready.national is None:
        return free
    births = free.births.sum(["region", "age"])
    own = Projection(ready.national, births, births, births, free.adjustments)
    return run(own)


def _refuse_outflow(run: RegionalProjection) -> None:
    changed = run.adjustments
    cut = changed[changed["reason"].astype(str).str.startswith("more than")]
    if len(cut):
        one = cut.iloc[0]
        raise AccountError(
            f"{len(cut)} groups would lose more than {RULES.max_out:.0%} in one step",
            where=f"first: year={one['year']}, region={one['region']}, sex={one['sex']}, "
            f"age={one['age']}",
            remedy="check that migration is in persons",
            id="ExtremeOutflow",
        )


def _survivorship(
    moves: xr.DataArray | None, base: xr.DataArray, mortality: xr.DataArray
) -> xr.DataArray:
    """Survival into regions, from moves by age or from totals; none without moves."""
    if "region" not in mortality.dims:
        mortality = mortality.expand_dims(region=base.indexes["region"])
    if moves is None:
        moves = _nobody(base)
    _same_regions(moves, base)
    moves = moves.fillna(0.0)
    same = moves["origin"] == moves["destination"]
    moves = moves.where(~same, 0.0)
    leaving = moves.rename(origin="region")
    if {"sex", "age"} <= set(moves.dims):
        people = base.rename(region="origin")
        rate = moves / people.where(people > 0, 1.0)
        ages = mortality.transpose("year", "region", "sex", "age")
        return multiregional_survivorship(ages, rate.fillna(0.0).expand_dims(year=ages.year))
    if {"sex", "age"} & set(moves.dims):
        raise SchemaError(
            "moves have a sex or an age, but not both",
            where="moves",
            remedy="give both columns, or neither",
            id="ShapeMismatch",
        )
    schedule = fundamental_ages(np.asarray(base.indexes["age"])).inward
    total = leaving.sum("destination")
    out_rate = schedule * total / (base * schedule).sum(["sex", "age"])
    others = (~same) / (~same).sum("destination")
    share = (moves / moves.sum("destination").where(moves.sum("destination") > 0)).fillna(others)
    alive = life_table(mortality).survivorship
    return regional_transitions(alive, out_rate, share)


def _nobody(base: xr.DataArray) -> xr.DataArray:
    regions = np.asarray(base.indexes["region"])
    zero = np.zeros((len(regions), len(regions)))
    coords = {"origin": regions, "destination": regions}
    return xr.DataArray(zero, coords=coords, dims=list(coords))


def _same_regions(moves: xr.DataArray, base: xr.DataArray) -> None:
    known = set(base.indexes["region"])
    for end in ("origin", "destination"):
        found = set(moves.indexes[end])
        if found != known:
            odd = min(found ^ known)
            raise CoverageError(
                f"regions of '{end}' differ from those of the population",
                where=f"moves; first '{odd}'",
                remedy="name the same regions in both tables",
            )
