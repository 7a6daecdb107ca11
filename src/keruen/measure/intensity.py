# SPDX-License-Identifier: Apache-2.0
"""How much a population moves between places, and how much that shifts it on balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.measure._checks import Floats, over
from keruen.measure._od import Diagonal, Missing, effectiveness_index, od_table, population_of
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MigrationSystem",
    "aggregate_net_migration_rate",
    "courgeau_k",
    "crude_migration_intensity",
    "migration_system",
]


@dataclass(frozen=True)
class MigrationSystem:
    """The indices of a whole table of flows, side by side.

    Parameters
    ----------
    moves : DataArray [...], persons or moves
        All flows between places, ``M``.
    intensity : DataArray [...], percent
        Crude migration intensity.
    effectiveness : DataArray [...], percent
        Migration effectiveness index.
    aggregate_net_rate : DataArray [...], percent
        Aggregate net migration rate: intensity times effectiveness over 100.
    courgeau_k : DataArray [...], percent per unit of ln n squared
        Intensity made comparable between divisions into different numbers of places.
    """

    moves: xr.DataArray
    intensity: xr.DataArray
    effectiveness: xr.DataArray
    aggregate_net_rate: xr.DataArray
    courgeau_k: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a table of flows, one column an index."""
        return table_of(self)


def migration_system(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> MigrationSystem:
    """Intensity, effectiveness and net redistribution of a table of flows together.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    population : DataArray [region, ...], persons
        Population at risk of every place of the table.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    MigrationSystem
        Moves, crude migration intensity, effectiveness index, aggregate net rate and
        Courgeau's k of every table.

    Raises
    ------
    SchemaError
        The table is not square (``NotSquare``), a count is negative, the diagonal is not
        empty, or the population is 0 where people moved (``ZeroPopulation``).
    CoverageError
        A flow is missing, or places differ between flows and population.

    Notes
    -----
    ``CMI = 100 M / P``, ``MEI = 100 sum |N| / sum (D + O)``, ``ANMR = CMI MEI / 100``,
    ``k = CMI / ln n^2``. R's migest has them as ``index_intensity`` and
    ``index_impact``; its row ``preference`` adds an index over all pairs of places, for
    which :func:`~keruen.measure.components.preference_index` gives the pairs.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> people = xr.DataArray([400.0, 600.0], coords={"region": ["A", "B"]})
    >>> system = migration_system(flows, people)
    >>> system.intensity.item(), system.effectiveness.item(), system.aggregate_net_rate.item()
    (5.0, 20.0, 1.0)
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    people = population_of(table, population)
    moves, intensity, effectiveness, net_rate = _system(table.cells, people)
    unknown = {"population missing": np.asarray(np.isnan(people).any(axis=-1))}
    log_places = np.log(max(table.places, 2) ** 2)

    def index(name: str, values: Floats) -> xr.DataArray:
        return table.system(
            values, name=name, units="percent", reasons=unknown, inputs=(population,)
        )

    return MigrationSystem(
        moves=table.system(moves, name="moves", units="persons", kind="count"),
        intensity=index("crude_migration_intensity", intensity),
        effectiveness=table.system(
            effectiveness, name="migration_effectiveness_index", units="percent"
        ),
        aggregate_net_rate=index("aggregate_net_migration_rate", net_rate),
        courgeau_k=index("courgeau_k", intensity / log_places),
    )


def crude_migration_intensity(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Moves between places for every hundred people.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    population : DataArray [region, ...], persons
        Population at risk of every place of the table.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [...], percent over the interval
        Missing where nobody moved, or for one place; ``missing_reason`` says so.

    Raises
    ------
    SchemaError
        As :func:`flow_margins`; or the population is 0 where people moved.
    CoverageError
        A cell is missing, or places differ between flows and population.

    See Also
    --------
    courgeau_k : Comparable between divisions into different numbers of places.

    Notes
    -----
    ``CMI = 100 M / P``. It grows with the number of places, since a finer division turns
    more changes of address into moves; and it belongs to the interval of the flows.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> people = xr.DataArray([400.0, 600.0], coords={"region": ["A", "B"]})
    >>> crude_migration_intensity(flows, people).item()
    5.0
    """
    return migration_system(flows, population, diagonal=diagonal, missing=missing).intensity


def courgeau_k(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Migration intensity freed of the number of places, by one division of the country.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    population : DataArray [region, ...], persons
        Population at risk of every place of the table.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [...], percent per unit of ln n squared
        Missing where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        As :func:`crude_migration_intensity`.
    CoverageError
        As :func:`crude_migration_intensity`.

    See Also
    --------
    courgeau_slope : The same from several divisions, which tests the straight line.

    Notes
    -----
    ``k = CMI / ln(n^2)`` for n places: intensity is close to a straight line in
    ``ln n^2`` through the origin.

    References
    ----------
    Courgeau, D. (1973). Migrants et migrations. Population 28(1), 95-129.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> people = xr.DataArray([400.0, 600.0], coords={"region": ["A", "B"]})
    >>> round(courgeau_k(flows, people).item(), 4)
    3.6067
    """
    return migration_system(flows, population, diagonal=diagonal, missing=missing).courgeau_k


def aggregate_net_migration_rate(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Share of the population that migration moved between places on balance.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    population : DataArray [region, ...], persons
        Population at risk of every place of the table.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [...], percent over the interval
        Missing where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        As :func:`crude_migration_intensity`.
    CoverageError
        As :func:`crude_migration_intensity`.

    Notes
    -----
    ``ANMR = 100 (sum |N_i| / 2) / P``, which equals ``CMI * MEI / 100``.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> people = xr.DataArray([400.0, 600.0], coords={"region": ["A", "B"]})
    >>> aggregate_net_migration_rate(flows, people).item()
    1.0
    """
    system = migration_system(flows, population, diagonal=diagonal, missing=missing)
    return system.aggregate_net_rate


def _system(cells: Floats, people: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Moves, intensity, effectiveness and aggregate net rate.

    ``cells[..., origin, destination]`` with an empty diagonal, ``people[..., place]``.
    """
    moves = np.asarray(cells.sum(axis=(-2, -1)))
    total = people.sum(axis=-1)
    intensity = 100 * over(moves, total)
    effectiveness = effectiveness_index(cells)
    nets = np.abs(cells.sum(axis=-2) - cells.sum(axis=-1)).sum(axis=-1)
    net_rate = 50 * over(nets, total)
    return moves, intensity, effectiveness, net_rate
