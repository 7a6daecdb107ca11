# SPDX-License-Identifier: Apache-2.0
"""What each check of a policy evaluation is called, and what the value found means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.locale import Message, msg

CHECK_WORDS: Final[Mapping[str, tuple[Message, Message]]] = {
    "pre_fit": (
        msg("Fit before the policy"),
        msg("Share of the variation before the policy that the synthetic path explains."),
    ),
    "placebo_date": (
        msg("A date without a policy"),
        msg("Rank of the unit if the policy had begun earlier: no effect should be found then."),
    ),
    "placebo_gap": (
        msg("Rank by the mean gap"),
        msg("Share of units taken as if treated whose mean gap is as large; the ratio counts."),
    ),
    "one_donor_out": (
        msg("Without one donor"),
        msg("Effect that differs most when one donor is left out: its sign should stay."),
    ),
    "effective_donors": (
        msg("Effective number of donors"),
        msg("One over the sum of squared weights: few donors, few stories of their own."),
    ),
    "enough_donors": (
        msg("Enough control units"),
        msg("Control units needed for a rank as rare as the level asks."),
    ),
    "nearest_mix": (
        msg("Nearest mix found"),
        msg("How far the mix can be from the nearest one, relative to the data."),
    ),
    "one_mix": (
        msg("Only one nearest mix"),
        msg("1 when no other weights fit as well; else the effect depends on a choice."),
    ),
    "same_from_all_starts": (
        msg("Same effect from every start of the search"),
        msg("Range of effects over the starts, against the error of fit before the policy."),
    ),
    "distinct_values": (
        msg("Distinct values at the cut-off"),
        msg("On the side with fewer: below the limit the honest interval is needed."),
    ),
    "density": (
        msg("No heaping at the cut-off"),
        msg("Probability of such a jump in the number of cases if nobody chose his side."),
    ),
    "bandwidth_path": (
        msg("Same effect with other bandwidths"),
        msg("Share of estimates with other bandwidths that lie within the interval."),
    ),
    "curvature_path": (
        msg("Same effect with other curvatures"),
        msg("Share of estimates with half to twice the curvature that lie within the interval."),
    ),
    "balance": (
        msg("Balance of an earlier fact"),
        msg("Probability of such a jump in a fact that the rule cannot have changed."),
    ),
    "pre_trend": (
        msg("Same trend before"),
        msg("Probability of such differences in trend before the policy by chance."),
    ),
    "pre_trend_by_exposure": (
        msg("Same trend before, by exposure"),
        msg("Probability of such differences in trend before the policy by chance."),
    ),
    "one_date": (
        msg("One date of treatment"),
        msg("Number of dates: with several, early and late units would be compared wrongly."),
    ),
    "two_way_negative_weight": (
        msg("Negative weights of a two-way regression"),
        msg("Sum of weights below zero that the usual regression would give to effects."),
    ),
    "clusters": (
        msg("Enough clusters"),
        msg("Units or groups that the interval rests on: with few it tends to be too short."),
    ),
    "cohort_size": (
        msg("Size of the smallest cohort"),
        msg("Units treated at the date with the fewest of them."),
    ),
    "overlap": (
        msg("Comparable units"),
        msg("Largest estimated chance of treatment: near 1 there is nobody to compare with."),
    ),
    "clean_window": (
        msg("No other event in the window"),
        msg("Treated cells of the window that another known event touches."),
    ),
    "theory": (
        msg("Agreement with theory"),
        msg("Probability of such a distance from the value that theory predicts."),
    ),
    "multilateral_resistance": (
        msg("Multilateral resistance"),
        msg("1 when origin-year and destination-year effects stand in the model."),
    ),
    "zero_flows": (msg("Zero flows"), msg("Share of flows that are zero; they are kept.")),
    "separated": (
        msg("Separated flows"),
        msg("Share of flows that the fixed effects explain perfectly and that say nothing."),
    ),
    "lead": (
        msg("No effect before the policy"),
        msg("Probability of such a difference in flows in the year before by chance."),
    ),
}
"""Each check: its name, and what the value found means."""
