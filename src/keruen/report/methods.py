# SPDX-License-Identifier: Apache-2.0
"""Which function computed the figures of a table, and where its method is published.

Patterns are of ``table.column``, or of the id of a headline; the first that fits holds. A
table that no pattern fits has its notes alone to say how it was made.
"""

from __future__ import annotations

import inspect
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import Final

_BALANCE: Final = "keruen.measure.balance."
_STOCKS: Final = "keruen.measure.stocks."
_PATHS: Final = ("keruen.project.paths.project_paths", "keruen.project.quantiles.path_quantiles")
_AHEAD: Final = ("keruen.project.population.project_population", *_PATHS)
_REGIONS: Final = ("keruen.project.population.project_regions", _PATHS[1])
_SUPPLY: Final = (
    "keruen.project.labour.project_participation", "keruen.project.labour.labour_force",
    "keruen.project.labour.participation_paths",
)  # fmt: skip
_LABOUR: Final = "keruen.project.labour."
_DEMAND: Final = (_LABOUR + "employment_by_output", _LABOUR + "employment_paths")
_GAP: Final = ("keruen.project.labour.labour_balance", *_SUPPLY, *_DEMAND)
_SECTIONS: Final = (_LABOUR + "employment_by_share", _LABOUR + "employment_by_output")
_MEASURE: Final = "keruen.measure."
_TOWNS: Final = (_MEASURE + "urbanisation.urbanisation", _MEASURE + "urban_growth.urban_growth")
_URBAN: Final = ("keruen.project.urban.urban_share", "keruen.project.urban_record.urban_intervals")
_SCHOOLING: Final = ("keruen.project.education.project_education", *_PATHS)
_GAINS: Final = ("keruen.decide.welfare.corridor_ledger",)
_FLOWS: Final = ("keruen.measure.flows.flows_from_stocks",)
_SHARE: Final = (_STOCKS + "corridors", _STOCKS + "percent_of")
_SCENARIO: Final = ("keruen.scenario.run.run_scenario", *_REGIONS)

_OUTCOMES: Final[dict[str, tuple[str, ...]]] = {
    "population": _SCENARIO,
    "working_age": (*_SCENARIO, "keruen.measure.age_structure.working_age_population"),
    "old_age_ratio": (*_SCENARIO, "keruen.measure.age_structure.dependency_ratios"),
    "net_migration": _SCENARIO,
    "newcomers": ("keruen.scenario.settlement.newcomers",),
    "urban_share": ("keruen.scenario.people.urban_share", *_URBAN[:1]),
    "labour_force": _SUPPLY,
    "labour_gap": ("keruen.scenario.run.follow", *_GAP),
    "permits": ("keruen.scenario.run.follow",),
    "regularised": ("keruen.scenario.run.follow",),
    "welfare_migrant": _GAINS,
    "welfare_receiving": _GAINS,
    "welfare_sending": _GAINS,
}
"""What scenarios are judged by, in pages of one scenario and of several."""
_OUTCOME_TABLES: Final = (
    "outcome.{0}", "{0}.middle", "{0}.low", "{0}.high", "{0}_levels.*", "{0}_differences.*"
)  # fmt: skip

_METHODS: Final[tuple[tuple[str, tuple[str, ...] | None], ...]] = (
    *(
        (pattern.format(name), names)
        for name, names in _OUTCOMES.items()
        for pattern in _OUTCOME_TABLES
    ),
    ("placement.*", ("keruen.decide.resettle.place_families",)),
    ("who_gains.*", _GAINS),
    ("robust_*.*", ("keruen.scenario.compare.robust_choice",)),
    ("shares_*.*", ("keruen.decide.uncertainty.sobol_indices",)),
    ("headline.net_migration_national", (_BALANCE + "migration_balance",)),
    ("headline.remittances_*_gdp", ("keruen.measure.remittances.dependence",)),
    ("headline.*", ()),
    ("balance.*_change", (_BALANCE + "year_on_year",)),
    ("balance.net", (_BALANCE + "migration_balance",)),
    ("balance_by_group.net_*", (_BALANCE + "migration_balance",)),
    ("ranks.*_rank_*", (_STOCKS + "rank",)),
    ("ranks.immigrants", (_STOCKS + "immigrant_stock",)),
    ("ranks.emigrants", (_STOCKS + "emigrant_stock",)),
    ("*_by_origin.*", _SHARE),
    ("*_by_destination.*", _SHARE),
    ("flows*.*", _FLOWS),
    ("asylum_decisions.*", ("keruen.measure.asylum.recognition_rate",)),
    ("refugee_arrivals.*_least", ("keruen.measure.refugee_stocks.host_changes",)),
    ("refugees_lasting.*", ("keruen.measure.refugee_stocks.protracted_situations",)),
    ("regions_residual.*", ("keruen.measure.residual.net_migration_by_residual",)),
    ("components.*", (_BALANCE + "components_of_change",)),
    ("projected.un_*", ()),
    ("projected.*", _AHEAD),
    ("pyramid_*.*", _AHEAD),
    ("contribution.*", ("keruen.project.assumptions.contribution_of_migration",)),
    ("dependency.*", ("keruen.measure.age_structure.dependency_ratios", *_PATHS)),
    ("working_age.*", ("keruen.measure.age_structure.working_age_population", *_PATHS)),
    ("attainment_ahead.*", _SCHOOLING),
    ("post_secondary_ahead.*", _SCHOOLING),
    ("regions_population.*", _REGIONS),
    ("regions_working_age.*", _REGIONS),
    ("towns_ahead.un*", ()),
    ("towns_ahead.*", _URBAN),
    ("remittances.*_gdp", ("keruen.measure.remittances.dependence",)),
    ("remittances_*.income_gap", ("keruen.measure.remittances.corridor_concentration",)),
    ("remittances_steady.*", ("keruen.measure.remittances.volatility",)),
    ("labour_force.labour_force*", _SUPPLY),
    ("labour_force.supply*", _SUPPLY),
    ("labour_force.demand*", _DEMAND),
    ("labour_gap.*", _GAP),
    ("labour_sectors.*", _SECTIONS),
    ("labour_regions.*", _GAP),
    ("labour_ratios.*", ("keruen.project.labour.labour_ratios",)),
    ("towns_share.*", _TOWNS),
    ("towns_growth.*", _TOWNS),
    ("towns_regions.*", _TOWNS),
    ("towns_concentration.primacy*", ("keruen.measure.city_sizes.primacy",)),
    ("towns_concentration.rank_size", ("keruen.measure.city_sizes.rank_size",)),
    ("towns_concentration.hoover", ("keruen.measure.concentration.hoover_index",)),
    ("towns_concentration.gini", ("keruen.measure.concentration.area_gini",)),
    ("policy_quotas.implied", ("keruen.decide.quota.implied_labour_force",)),
    ("policy_gains.*", _GAINS),
    ("measured_residual.*", ("keruen.measure.residual.net_migration_by_residual",)),
    ("measured_balance.net", (_BALANCE + "migration_balance",)),
    ("measured_regions.effectiveness", ("keruen.measure.indices.migration_effectiveness",)),
    ("measured_efficiency.*", ("keruen.measure.indices.migration_effectiveness",)),
    ("measured_partners.flow_*", _FLOWS),
    ("measured_start.*", ("keruen.scenario.measurement.recorded_net",)),
    ("measured_*.*", ()),
    ("regions_migration.net_internal", None),
    *(
        (f"{table}.*", ())
        for table in (
            "balance", "balance_by_group", "revisions", "protection", "refugees_by_origin",
            "refugee_arrivals", "refugee_solutions", "irregular_routes", "irregular_deaths",
            "regions_migration", "regions_work", "pyramid", "remittances", "remittances_*",
            "work", "towns_places", "towns_cities", "return_quota", "returnees",
            "foreign_labour_quota", "policy_quotas",
        )
    ),
)  # fmt: skip


def method_of(path: str) -> tuple[str, ...] | None:
    """Functions that computed a figure.

    Parameters
    ----------
    path : str
        Table and column joined by a dot, or the id of a headline.

    Returns
    -------
    tuple of str or None
        Names with their modules; empty where the figure stands as published; None where it
        is not known here.
    """
    return next((names for pattern, names in _METHODS if fnmatchcase(path, pattern)), None)


@cache
def reference_of(name: str) -> str:
    """Where the method of a function is published.

    Parameters
    ----------
    name : str
        Function with its module.

    Returns
    -------
    str
        References of its documentation; empty where it is plain arithmetic.

    Examples
    --------
    >>> reference_of("keruen.measure.residual.net_migration_by_residual")
    'Bogue, D., Hinze, K. and White, M. (1982). Techniques of Estimating Net Migration.'
    """
    module, _, function = name.rpartition(".")
    told = inspect.getdoc(getattr(import_module(module), function)) or ""
    found = re.search(
        r"^References\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", told, re.DOTALL | re.MULTILINE
    )
    return " ".join(found[1].split()) if found else ""
