# SPDX-License-Identifier: Apache-2.0
"""Indices of migration: every public name of the modules that answer one question each.

========================  ==================================================================
``rates``                 per thousand people of a place: in, out, net, gross
``expectancy``            moves still to come in a lifetime
``effectiveness``         who gains and who loses; how much of the turnover stays
``intensity``             how much a population moves: intensity, Courgeau's k, net rate
``zonings``               the same from several divisions of a country; net migration impact
``inequality``            how evenly flows are spread: connectivity, inequality, Gini, variation
``distance``              how far people move, and how fast flows fall with distance
``components``            what origins, destinations, ages and their pairings contribute
========================  ==================================================================

``D`` in-migrants, ``O`` out-migrants, ``N = D - O``, ``P`` population, ``M`` all moves
between n places. The diagonal of a table never counts, and a missing cell is not zero.
"""

from __future__ import annotations

from keruen.measure.components import (
    MultiplicativeComponents,
    multiplicative_components,
    preference_index,
)
from keruen.measure.distance import (
    DistanceDecay,
    distance_decay,
    mean_migration_distance,
    median_migration_distance,
)
from keruen.measure.effectiveness import (
    FlowMargins,
    flow_margins,
    migration_effectiveness,
    migration_effectiveness_index,
)
from keruen.measure.expectancy import expected_number_of_moves
from keruen.measure.inequality import (
    FlowVariation,
    MigrationGini,
    flow_variation,
    migration_connectivity,
    migration_gini,
    migration_inequality,
)
from keruen.measure.intensity import (
    MigrationSystem,
    aggregate_net_migration_rate,
    courgeau_k,
    crude_migration_intensity,
    migration_system,
)
from keruen.measure.rates import (
    crude_gross_migration_rate,
    crude_in_migration_rate,
    crude_net_migration_rate,
    crude_out_migration_rate,
)
from keruen.measure.zonings import all_moves_intensity, courgeau_slope, net_migration_impact

__all__ = [
    "DistanceDecay",
    "FlowMargins",
    "FlowVariation",
    "MigrationGini",
    "MigrationSystem",
    "MultiplicativeComponents",
    "aggregate_net_migration_rate",
    "all_moves_intensity",
    "courgeau_k",
    "courgeau_slope",
    "crude_gross_migration_rate",
    "crude_in_migration_rate",
    "crude_migration_intensity",
    "crude_net_migration_rate",
    "crude_out_migration_rate",
    "distance_decay",
    "expected_number_of_moves",
    "flow_margins",
    "flow_variation",
    "mean_migration_distance",
    "median_migration_distance",
    "migration_connectivity",
    "migration_effectiveness",
    "migration_effectiveness_index",
    "migration_gini",
    "migration_inequality",
    "migration_system",
    "multiplicative_components",
    "net_migration_impact",
    "preference_index",
]
