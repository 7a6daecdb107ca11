# SPDX-License-Identifier: Apache-2.0
"""Towns and countryside: every public name of the modules that answer one question each.

==========================  ================================================================
``urbanisation``            accounts of urban and rural people, the urban share, transfers
``urban_growth``            natural increase, migration and reclassification in urban growth
``concentration``           how unevenly people are spread: Hoover, Gini, Herfindahl, Theil
``city_sizes``              primacy and the rank-size rule
``settlement_hierarchy``    moves up and down the sizes of settlements
``settlement_grid``         degree of urbanisation on a grid of population
``settlement_units``        cities, towns and rural areas among municipalities
==========================  ================================================================
"""

from __future__ import annotations

from keruen.measure.city_sizes import Primacy, RankSize, primacy, rank_size
from keruen.measure.concentration import (
    TheilIndex,
    area_gini,
    herfindahl_index,
    hoover_change,
    hoover_index,
    theil_index,
)
from keruen.measure.settlement_grid import (
    CELL_CLASSES,
    SettlementGrid,
    degree_of_urbanisation,
)
from keruen.measure.settlement_hierarchy import (
    SIZE_BOUNDS,
    SettlementHierarchy,
    settlement_hierarchy,
)
from keruen.measure.settlement_units import UNIT_CLASSES, UnitClasses, unit_classes
from keruen.measure.urban_growth import (
    UrbanGrowth,
    reclassified_people,
    split_natural_increase,
    urban_growth,
)
from keruen.measure.urbanisation import (
    Urbanisation,
    UrbanTransfers,
    residence_account,
    urban_transfers,
    urbanisation,
)

__all__ = [
    "CELL_CLASSES",
    "SIZE_BOUNDS",
    "UNIT_CLASSES",
    "Primacy",
    "RankSize",
    "SettlementGrid",
    "SettlementHierarchy",
    "TheilIndex",
    "UnitClasses",
    "UrbanGrowth",
    "UrbanTransfers",
    "Urbanisation",
    "area_gini",
    "degree_of_urbanisation",
    "herfindahl_index",
    "hoover_change",
    "hoover_index",
    "primacy",
    "rank_size",
    "reclassified_people",
    "residence_account",
    "settlement_hierarchy",
    "split_natural_increase",
    "theil_index",
    "unit_classes",
    "urban_growth",
    "urban_transfers",
    "urbanisation",
]
