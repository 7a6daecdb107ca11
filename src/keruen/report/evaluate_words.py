# SPDX-License-Identifier: Apache-2.0
"""Words of policy evaluation: methods, assumptions, checks, limits; said in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.locale import Message, msg

METHOD_WORDS: Final[Mapping[str, Message]] = {
    "synthetic-control": msg("Synthetic control"),
    "difference": msg("Difference-in-differences"),
    "group-time": msg("Group-time effects"),
    "event-study": msg("Event study"),
    "exposure": msg("Difference-in-differences by exposure"),
    "discontinuity": msg("Regression discontinuity"),
    "gravity": msg("Gravity model of flows with the policy"),
    "": msg("none in this package"),
}
"""Names of the methods."""

ASSUMPTIONS: Final[Mapping[str, Message]] = {
    "same_mix": msg(
        "Without the policy, the treated unit would have gone on as the mix of other units that "
        "moved as it did before."
    ),
    "parallel_mix": msg(
        "Without the policy, the treated unit would have gone on in parallel to the mix of other "
        "units that moved in parallel to it before."
    ),
    "smooth_at_cutoff": msg(
        "Without the rule, those just above the cut-off would have fared as those just below it: "
        "nobody could place himself exactly on one side."
    ),
    "parallel_trends": msg(
        "Without the policy, the outcome of treated units would have changed as that of the "
        "others did."
    ),
    "parallel_trends_not_yet": msg(
        "Without the policy, the outcome of treated units would have changed as that of units not "
        "yet treated did."
    ),
    "parallel_trends_no_anticipation": msg(
        "Without the event, the outcome of treated units would have changed as that of the others "
        "did, and nobody reacted to it before."
    ),
    "parallel_trends_by_exposure": msg(
        "Without the policy, the outcome of strongly and weakly exposed units would have changed "
        "alike."
    ),
    "policy_not_driven_by_flows": msg(
        "Given the fixed effects, the policy did not answer to the flows, and nothing else "
        "changed with it between the same places."
    ),
}
"""What must hold for the estimate to be an effect of the policy."""

LIMITS: Final[Mapping[str, Message]] = {
    "one_unit": msg("It does not say what the same policy would do in another place."),
    "spillovers": msg(
        "It does not count what the policy did to the units compared with: if it sent people to "
        "them, the effect is overstated."
    ),
    "same_time": msg(
        "It does not tell the policy from anything else that began in this unit at that time."
    ),
    "only_at_cutoff": msg("It holds for those at the cut-off, not for those far above or below."),
    "rule_not_programme": msg(
        "It does not tell the rule from other rules that use the same cut-off."
    ),
    "untreated_units": msg("It does not say what the policy would do to units that never had it."),
    "other_changes": msg(
        "It does not tell the policy from other changes that came to the same units at that time."
    ),
    "other_events": msg(
        "It does not tell the event from other events in the window that nobody listed."
    ),
    "common_effect": msg(
        "It does not show what reached all units alike, whatever their exposure: only "
        "differences between them are seen."
    ),
    "general_equilibrium": msg(
        "It does not count flows turned elsewhere: fewer people here may be more people there."
    ),
    "other_policies": msg(
        "It does not tell the policy from others that changed between the same places at once."
    ),
    "irregular_flows": msg("It does not see flows that are not registered."),
}
"""What must not be read into the estimate."""

SITUATIONS: Final[Mapping[str, Message]] = {
    "one_unit": msg("One treated region or country, a long time before"),
    "one_date": msg("Many units treated at one date"),
    "many_dates": msg("Many units treated at different dates"),
    "intensity": msg("A policy of different strength at one date"),
    "cutoff": msg("A rule with a cut-off, such as a pass mark"),
    "announcement": msg("A dated event, with periods around it"),
    "pairs": msg("Flows between places and policy indices"),
    "areas": msg("Immigration across areas (shift-share instruments)"),
}
"""Situations in which an evaluation is asked for."""

SHOWN: Final[Mapping[str, Message]] = {
    "pre_fit": msg("error of fit before"),
    "weights": msg("weights of donors"),
    "placebo_rank": msg("rank among placebos"),
    "one_donor_out": msg("effect without each donor"),
    "pre_trend": msg("trends before"),
    "one_date": msg("that there is one date"),
    "clusters": msg("number of clusters"),
    "cohort_size": msg("sizes of cohorts"),
    "two_way_comparison": msg("the two-way regression beside it and why they differ"),
    "exposure_distribution": msg("distribution of exposure"),
    "pre_trend_by_exposure": msg("trends before by exposure"),
    "density": msg("test of density"),
    "balance": msg("balance of earlier facts"),
    "bandwidth_path": msg("effect by bandwidth"),
    "clean_window": msg("that the window is clean"),
    "other_events": msg("other events"),
    "multilateral_resistance": msg("multilateral resistance"),
    "zero_flows": msg("zero flows kept"),
    "exogenous_shares": msg("why shares or shocks come from outside"),
    "rotemberg_weights": msg("Rotemberg weights"),
    "effective_shocks": msg("effective number of shocks"),
}
"""What must be shown with the number of a method."""

FITS: Final[Mapping[str, Message]] = {
    "fits": msg("fits the data"),
    "weak": msg("possible, but weak"),
    "no": msg("does not fit"),
}
"""Whether a method fits the data."""

REASONS: Final[Mapping[str, Message]] = {
    "not_in_package": msg("not in this package"),
    "flows_between_places": msg("the table holds flows between places"),
    "no_flows": msg("the table holds no flows between places"),
    "no_treated_unit_over_time": msg("no unit seen before and after a policy"),
    "different_strength": msg("the exposure differs between units"),
    "no_exposure": msg("no column of exposure with different strengths"),
    "no_control_units": msg("every unit had the policy"),
    "no_cutoff": msg("no cut-off decides whom the policy reaches"),
    "rule_with_cutoff": msg("a cut-off decides, and there are enough values on both sides"),
    "few_distinct": msg("few distinct values on a side: only with the honest interval"),
    "several_treated": msg("several units had the policy: one at a time"),
    "long_before": msg("one unit had the policy, and many years come before it"),
    "short_before": msg("few years before the policy"),
    "several_dates": msg("the policy began at different dates"),
    "one_date_only": msg("the policy began at one date"),
    "one_treated_only": msg("only one unit had the policy"),
    "one_date_many_units": msg("several units had the policy from one date"),
    "periods_around_event": msg("several units are seen around their event"),
}
"""Why a method fits or not."""

RESULTS: Final[Mapping[str, Message]] = {
    "passed": msg("passed"),
    "failed": msg("not passed"),
    "shown": msg("shown, not judged"),
}
"""What came of a check."""

TABLES: Final[Mapping[str, Message]] = {
    "effect": msg("Effect"),
    "checks": msg("Checks"),
    "methods": msg("Which method for which question"),
    "path": msg("Path of the unit and of its synthetic control"),
    "weights": msg("Weights of donors"),
    "placebos": msg("Every unit as if it had the policy"),
    "placebo_gaps": msg("Gaps of every unit by year"),
    "one_donor_out": msg("Effect without each donor"),
    "placebo_date": msg("As if the policy had begun earlier"),
    "year_weights": msg("Weights of years"),
    "predictors": msg("Predictors"),
    "starts": msg("Starts of the search"),
    "bandwidth_path": msg("Effect by bandwidth"),
    "curvature_path": msg("Effect by curvature"),
    "bins": msg("Mean outcome on both sides of the cut-off"),
    "sides": msg("Cases within the bandwidth"),
    "balance": msg("Facts settled before the rule"),
    "events": msg("Effect by time from the policy"),
    "cells": msg("Effect by cohort and period"),
    "cohorts": msg("Effect by cohort"),
    "periods": msg("Effect by period"),
    "overall": msg("Aggregates"),
    "means": msg("Means before and after"),
    "scales": msg("Effect in levels and in logs"),
    "exposure": msg("Distribution of exposure"),
    "terms": msg("Coefficients"),
    "percent": msg("Effect in percent"),
    "two_way": msg("What a two-way regression would weigh"),
    "comparison": msg("A two-way regression beside it, and why they differ"),
    "adjustments": msg("What was left out or changed"),
}
"""Titles of tables."""

HEADS: Final[Mapping[str, Message]] = {
    "year": msg("Year"),
    "unit": msg("Unit of observation"),
    "treated": msg("With the policy"),
    "synthetic": msg("Synthetic control"),
    "gap": msg("Distance from the synthetic control"),
    "low": msg("Lower limit"),
    "high": msg("Upper limit"),
    "weight": msg("Weight"),
    "error_before": msg("Error before"),
    "error_after": msg("Error after"),
    "ratio": msg("Ratio of errors"),
    "effect": msg("Effect"),
    "rank": msg("Rank"),
    "without": msg("Without"),
    "as_if": msg("After the date tried"),
    "predictor": msg("Predictor"),
    "donors": msg("Mean of donors"),
    "start": msg("Start"),
    "bandwidth": msg("Bandwidth"),
    "curvature": msg("Largest curvature"),
    "cases": msg("Cases observed"),
    "chosen": msg("Chosen"),
    "side": msg("Side"),
    "running": msg("What the rule looks at"),
    "outcome": msg("Mean outcome"),
    "covariate": msg("Fact"),
    "p_value": msg("Probability by chance"),
    "event": msg("Periods from the policy"),
    "cohort": msg("Cohort"),
    "period": msg("Period"),
    "units": msg("Units"),
    "standard_error": msg("Standard error"),
    "band_low": msg("Lower limit of the band"),
    "band_high": msg("Upper limit of the band"),
    "method": msg("Method"),
    "level": msg("Level"),
    "clusters": msg("Units or clusters"),
    "assumption": msg("What must hold"),
    "passed": msg("Checks passed"),
    "failed": msg("Checks failed"),
    "library": msg("Computed by"),
    "check": msg("Check"),
    "where": msg("Where"),
    "result": msg("Result"),
    "value": msg("Value"),
    "threshold": msg("Limit"),
    "meaning": msg("What it means"),
    "situation": msg("Situation"),
    "fit": msg("Verdict"),
    "reason": msg("Reason"),
    "shown": msg("Must be shown with it"),
    "aggregate": msg("Aggregate"),
    "group": msg("Group"),
    "when": msg("When"),
    "mean": msg("Mean"),
    "term": msg("Term"),
    "percent": msg("Percent"),
    "scale": msg("Scale"),
    "theory": msg("Predicted by theory"),
    "figure": msg("Figure"),
    "key": msg("What"),
    "before": msg("Before"),
    "after": msg("After"),
    "kind": msg("Kind"),
    "base": msg("Base period"),
    "controls": msg("Control units"),
    "cells": msg("Figures"),
    "size_weight": msg("Weight by size"),
    "p_theory": msg("Probability if theory holds"),
}
"""Headings of tables; others stand as they are."""
