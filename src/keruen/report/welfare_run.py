# SPDX-License-Identifier: Apache-2.0
"""A run of welfare: one year's migration into and out of a country, in draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_code
from keruen.decide.uncertainty import Sensitivity, Uncertain, sample_inputs, sobol_indices
from keruen.decide.welfare import (
    ASSUMPTIONS,
    Corridors,
    FiscalValue,
    Ledger,
    Surplus,
    arrivals_fiscal,
    corridor_ledger,
    immigration_surplus,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Message, msg
from keruen.report.release import file_digest
from keruen.report.welfare_given import Given, Side, given_for
from keruen.sources.parameters import Parameters
from keruen.sources.welfare_inputs import births_a_person, read_assumptions, welfare_world

SIDES: Final[tuple[Side, ...]] = ("in", "out")
SIZE: Final = 256
"""Points of one sample of the sensitivity: the ledger runs 24 times as often."""
DISCOUNTS: Final = tuple(round(0.01 * step, 2) for step in range(9))


@dataclass(frozen=True)
class Direction:
    """One direction of a run: the country receives, or sends.

    Parameters
    ----------
    given : Given
        Movers, figures, what is missing.
    ledger : Ledger or None
        None where no corridor has all figures.
    sensitivity : Sensitivity or None
        Which assumption moves the totals of the sides in the long run.
    """

    given: Given
    ledger: Ledger | None
    sensitivity: Sensitivity | None


@dataclass(frozen=True)
class WelfareRun:
    """What a run used and what it found.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    directions : mapping of str to Direction
        ``in`` and ``out``.
    surplus : Surplus or None
        Immigration surplus of all immigrants in the country, one labour type.
    migrant_share : float or None
        Immigrants among residents, as the surplus takes them.
    fiscal, curve : FiscalValue or None
        Of those who arrive, by age; and over discount rates.
    parameters : Parameters
        Assumptions.
    inputs : tuple of Uncertain
        Assumptions as drawn.
    day : str
        Day whose assumptions are used.
    options : dict
        Options as given.
    weights : mapping of str to float
        Weights of the sides that the reader set; empty when none.
    files : tuple of dict
        The user's files, with their digests.
    notes : tuple of Message
        What must be said beside the numbers.
    """

    country: str
    directions: Mapping[Side, Direction]
    surplus: Surplus | None
    migrant_share: float | None
    fiscal: FiscalValue | None
    curve: FiscalValue | None
    parameters: Parameters
    inputs: tuple[Uncertain, ...]
    day: str
    options: Mapping[str, object]
    weights: Mapping[str, float]
    files: tuple[Mapping[str, str], ...]
    notes: tuple[Message, ...]

    @property
    def unconfirmed(self) -> int:
        """Assumptions that stand to be confirmed."""
        open_ = set(self.parameters.unconfirmed(self.day))
        return sum(f"welfare.{name}" in open_ for name in ASSUMPTIONS)


def run_welfare(
    country: str,
    *,
    year: int | None = None,
    partners: Sequence[str] = (),
    inflow: float | None = None,
    outflow: float | None = None,
    assumptions: Sequence[Path] = (),
    weights: Mapping[str, float] | None = None,
    draws: int = 2000,
    seed: int = 1,
    sensitivity: bool = True,
    treasury: bool = True,
    step: Step | None = None,
) -> WelfareRun:
    """Who gains and who loses by one year's migration into and out of a country.

    Parameters
    ----------
    country : str
        Code or name.
    year : int, optional
        Latest year looked at; the last of each source when not given.
    partners : sequence of str, optional
        Countries at the other end; all when empty.
    inflow, outflow : float, optional
        People who come or go, in place of the number last known.
    assumptions : sequence of Path, optional
        YAML files whose assumptions stand over those of the package.
    weights : mapping of str to float, optional
        Weights of ``migrant``, ``receiving`` and ``sending``; without them nothing is summed.
    draws : int, optional
        Draws of the assumptions.
    seed : int, optional
        Seed of the draws.
    sensitivity : bool, optional
        Whether to tell which assumption moves the result.
    treasury : bool, optional
        Whether to tell what newcomers pay and cost by age at arrival.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    WelfareRun

    Raises
    ------
    CodeError
        The country or a partner is unknown.
    SchemaError
        No movers are known with a partner (``NoCorridor``), draws or numbers are not above
        zero, or a weight is missing (``BadWeights``).
    ScenarioError
        A file of assumptions is wrong, file and line.

    See Also
    --------
    keruen.report.welfare_release.write_welfare : Writes the run to a folder.

    Examples
    --------
    >>> run = run_welfare("KAZ", draws=200, sensitivity=False)
    >>> run.directions["in"].given.movers.period, run.directions["in"].given.movers.observed
    ('2025', True)
    """
    tell = step or quiet
    code = country_code(country)
    tell(0.05, "assumptions")
    parameters = read_assumptions(list(ASSUMPTIONS), *assumptions)
    day = f"{year or 2026}-06-30"
    inputs = assumed(parameters, day)
    drawn = sample_inputs(inputs, draws, seed=seed)
    directions: dict[Side, Direction] = {}
    numbers: dict[Side, float | None] = {"in": inflow, "out": outflow}
    for place, side in enumerate(SIDES):
        tell(0.15 + 0.4 * place, f"migration {side}")
        given = given_for(code, side, year=year, partners=partners, number=numbers[side])
        ledger = None if given.corridors is None else corridor_ledger(given.corridors, drawn)
        tell(0.25 + 0.4 * place, "sensitivity")
        directions[side] = Direction(
            given, ledger, _sensitivity(given, ledger, inputs, seed) if sensitivity else None
        )
    for one in directions.values():
        if weights and one.ledger is not None:
            one.ledger.table.weighted(weights)  # refuses wrong weights before anything is written
    coming = directions["in"].given.corridors
    share = _migrant_share(code, year)
    fiscal = curve = None
    if treasury and coming is not None:
        tell(0.9, "treasury")
        births = births_a_person(code, year)
        fiscal = arrivals_fiscal(coming, drawn, births=births)
        curve = arrivals_fiscal(coming, _middle(inputs), births=births, discounts=DISCOUNTS)
    if fiscal is not None and not bool(fiscal.value.notnull().any()):
        fiscal = curve = None  # a figure of the country is missing, which the gaps say
    return WelfareRun(
        country=code,
        directions=directions,
        surplus=None if share is None else immigration_surplus(
            share, labour_share=drawn["labour_share"]),
        migrant_share=share,
        fiscal=fiscal,
        curve=curve,
        parameters=parameters,
        inputs=inputs,
        day=day,
        options={
            "country": code, "year": year, "partners": list(partners), "inflow": inflow,
            "outflow": outflow, "draws": draws, "seed": seed,
            "assumptions": [path.name for path in assumptions], "weights": dict(weights or {}),
        },
        weights=dict(weights or {}),
        files=tuple({"file": path.name, "sha256": file_digest(path)} for path in assumptions),
        notes=tuple(_notes(directions, sensitivity=sensitivity)),
    )  # fmt: skip


def assumed(parameters: Parameters, day: str) -> tuple[Uncertain, ...]:
    """The assumptions in force on a day, as uncertain inputs.

    Parameters
    ----------
    parameters : Parameters
        As :func:`~keruen.sources.welfare_inputs.read_assumptions` gives them.
    day : str
        Day in ISO form.

    Returns
    -------
    tuple of Uncertain
    """
    found = []
    for name, units in ASSUMPTIONS.items():
        value: Any = parameters.value(f"welfare.{name}", day)
        numbers = {
            "value" if key == "at" else key: float(one)
            for key, one in value.items()
            if key != "dist"
        }
        source = parameters.reference(f"welfare.{name}", day).text("en")
        found.append(Uncertain(name, value["dist"], numbers, units, source))
    return tuple(found)


def _middle(inputs: Sequence[Uncertain]) -> xr.Dataset:
    """Each assumption at its median."""
    return xr.Dataset({one.name: one.quantile(0.5).isel(quantile=0, drop=True) for one in inputs})


def _sensitivity(
    given: Given, ledger: Ledger | None, inputs: Sequence[Uncertain], seed: int
) -> Sensitivity | None:
    """Shares of variance of the sides that the figures allow; None without SALib."""
    corridors = given.corridors
    if ledger is None or corridors is None or find_spec("SALib") is None:
        return None
    long = ledger.table.sides().sel(scenario="long_run", drop=True)
    sides = [
        str(one) for one in long["party"].to_numpy() if bool(long.sel(party=one).notnull().all())
    ]
    if not sides or all(one.dist == "fixed" for one in inputs):
        return None

    def outcome(drawn: xr.Dataset) -> xr.DataArray:
        return _long_run(corridors, drawn).sel(party=sides)

    return sobol_indices(outcome, inputs, size=SIZE, seed=seed)


def _long_run(corridors: Corridors, drawn: xr.Dataset) -> xr.DataArray:
    return corridor_ledger(corridors, drawn).table.sides().sel(scenario="long_run", drop=True)


def _migrant_share(country: str, year: int | None) -> float | None:
    economies = welfare_world(min(year or 2025, 2025)).economies
    share = economies["migrant_share"].reindex(country=[country]).to_numpy()[0]
    return float(share) if np.isfinite(share) and share < 1 else None


def _notes(directions: Mapping[Side, Direction], *, sensitivity: bool) -> list[Message]:
    notes = [
        msg(
            "A model, not a measurement: most of what moves the result is assumed, and every "
            "assumption stands with its range in the table of assumptions."
        ),
        msg(
            "Gains of different people are not added up: nobody but the reader can say what a "
            "gain of one is worth against the loss of another."
        ),
    ]
    if sensitivity and find_spec("SALib") is None:
        notes.append(msg("Which assumption moves the result is not told: SALib is not installed."))
    for side in SIDES:
        ledger = directions[side].ledger
        if ledger is not None and len(ledger.adjustments):
            notes.append(
                msg(
                    "Where more graduates leave than a year brings forth, or more than everybody "
                    "would study, the share is limited: see the manifest."
                )
            )
            break
    return notes
