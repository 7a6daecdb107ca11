# SPDX-License-Identifier: Apache-2.0
"""Skills: every public name of the modules that lead from industries to a shortage list.

==========================  ================================================================
``staffing``                occupations from industries: industry, share and joint effect
``share_trends``            shares of later years; small cells that borrow
``replacement_demand``      what cohorts of today's workers will lose
``openings``                job openings, net and gross
``graduates``               supply by field from education, and by occupation
``qualifications``          what occupations prefer, and what supply allows
``imbalance``               ratios in the style of the Netherlands and of Canada
``pillars``                 the index of three pillars in the style of Cedefop
``shortage``                many indicators, in the style of the United Kingdom
``shortage_lists``          three questions, and the reason of each entry
``concordance``             codes of another classification, with weights
==========================  ================================================================

Tables are fitted to margins by :func:`keruen.measure.margins.fit_margins`, which takes any
number of dimensions and margins.
"""

from __future__ import annotations

from keruen.measure.margins import MarginFit, fit_margins
from keruen.project.concordance import reclassify
from keruen.project.graduates import (
    OccupationSupply,
    entrants_by_occupation,
    graduates_from_enrolment,
    labour_entrants,
    occupation_supply,
)
from keruen.project.imbalance import (
    ITA_BOUNDS,
    ITA_CLASSES,
    RISKS,
    UNSETTLED,
    Imbalance,
    labour_market_ratio,
    normalised_gap,
    recruitment_outlook,
)
from keruen.project.openings import (
    Openings,
    gross_openings,
    implied_separation_rate,
    net_openings,
    separation_rates,
)
from keruen.project.pillars import shortage_index
from keruen.project.qualifications import (
    QualificationGap,
    qualification_demand,
    qualification_gap,
    reconcile_qualifications,
)
from keruen.project.replacement_demand import (
    CohortReplacement,
    cohort_flows,
    replacement_by_cohort,
    smooth_flows,
)
from keruen.project.share_trends import ProjectedShares, pooled_shares, project_shares
from keruen.project.shortage import ShortageFlags, shortage_flags
from keruen.project.shortage_lists import flag_stability, shortage_list
from keruen.project.staffing import Staffing, occupation_employment, occupation_shares

__all__ = [
    "ITA_BOUNDS",
    "ITA_CLASSES",
    "RISKS",
    "UNSETTLED",
    "CohortReplacement",
    "Imbalance",
    "MarginFit",
    "OccupationSupply",
    "Openings",
    "ProjectedShares",
    "QualificationGap",
    "ShortageFlags",
    "Staffing",
    "cohort_flows",
    "entrants_by_occupation",
    "fit_margins",
    "flag_stability",
    "graduates_from_enrolment",
    "gross_openings",
    "implied_separation_rate",
    "labour_entrants",
    "labour_market_ratio",
    "net_openings",
    "normalised_gap",
    "occupation_employment",
    "occupation_shares",
    "occupation_supply",
    "pooled_shares",
    "project_shares",
    "qualification_demand",
    "qualification_gap",
    "reclassify",
    "reconcile_qualifications",
    "recruitment_outlook",
    "replacement_by_cohort",
    "separation_rates",
    "shortage_flags",
    "shortage_index",
    "shortage_list",
    "smooth_flows",
]
