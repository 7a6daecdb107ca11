# SPDX-License-Identifier: Apache-2.0
"""Net migration where moves are not recorded: every public name of the indirect methods.

======================  ====================================================================
``residual``            population change less births and deaths
``survival``            by age, from two censuses and survival ratios
``survival_ratios``     from the censuses of the country, or from a life table
``children``            moves of people born within the interval, from the moves of women
``birthplace``          lifetime migrants; migration between censuses by place of birth
``previous_residence``  transitions from residence some years ago
======================  ====================================================================
"""

from __future__ import annotations

from keruen.measure.birthplace import (
    LifetimeMigration,
    lifetime_migration,
    net_migration_by_birthplace,
)
from keruen.measure.children import child_transitions
from keruen.measure.previous_residence import (
    ResidenceTransitions,
    one_year_transitions,
    residence_transitions,
)
from keruen.measure.residual import (
    ResidualNet,
    net_migration_by_residual,
    opening_and_closing,
)
from keruen.measure.survival import SurvivalNet, net_migration_by_survival
from keruen.measure.survival_ratios import census_survival_ratio, life_table_survival_ratio

__all__ = [
    "LifetimeMigration",
    "ResidenceTransitions",
    "ResidualNet",
    "SurvivalNet",
    "census_survival_ratio",
    "child_transitions",
    "life_table_survival_ratio",
    "lifetime_migration",
    "net_migration_by_birthplace",
    "net_migration_by_residual",
    "net_migration_by_survival",
    "one_year_transitions",
    "opening_and_closing",
    "residence_transitions",
]
