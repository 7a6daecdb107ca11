# SPDX-License-Identifier: Apache-2.0
"""Assumptions about fertility, mortality and migration, by question.

=====================================  ==================================================
which variant?                         ``variant``, ``net_reproduction``
what does migration add?               ``contribution_of_migration``
how much migration would it take?      ``replacement_migration``, ``support_ratio``
how uncertain?                         ``trajectories_from_intervals``, ``paths_from_intervals``
which ages does a net total have?      ``split_net_migration``, ``fundamental_ages``
which paths do regions follow?         ``regional_fertility``, ``regional_life_expectancy``
=====================================  ==================================================
"""

from __future__ import annotations

from keruen.project.components import Components, Variant, net_reproduction, variant
from keruen.project.contribution import Contribution, contribution_of_migration
from keruen.project.intervals import (
    Trajectories,
    paths_from_intervals,
    trajectories_from_intervals,
)
from keruen.project.migration_ages import (
    MigrationAges,
    NetMigrationByAge,
    fundamental_ages,
    split_net_migration,
)
from keruen.project.regional_paths import regional_fertility, regional_life_expectancy
from keruen.project.replacement import replacement_migration, support_ratio

__all__ = [
    "Components",
    "Contribution",
    "MigrationAges",
    "NetMigrationByAge",
    "Trajectories",
    "Variant",
    "contribution_of_migration",
    "fundamental_ages",
    "net_reproduction",
    "paths_from_intervals",
    "regional_fertility",
    "regional_life_expectancy",
    "replacement_migration",
    "split_net_migration",
    "support_ratio",
    "trajectories_from_intervals",
    "variant",
]
