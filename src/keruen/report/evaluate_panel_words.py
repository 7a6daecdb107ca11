# SPDX-License-Identifier: Apache-2.0
"""Words in the tables of evaluations of panels and flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.locale import Message, msg

PANEL_WORDS: Final[Mapping[str, Message]] = {
    "anticipation": msg("may already be anticipated"),
    "simple": msg("all treated cells alike"),
    "event": msg("by time from the policy"),
    "cohort": msg("by cohort, then by size"),
    "period": msg("by calendar period"),
    "two_way": msg("two-way regression"),
    "gap": msg("two-way regression less the mean of treated cells"),
    "gap_from_weights": msg("from other weights of treated cells"),
    "gap_from_before": msg("from periods before the policy"),
    "gap_from_comparison": msg("from other controls, covariates or units"),
    "negative_weight": msg("sum of negative weights"),
    "units": msg("units"),
    "units_with_none": msg("units without exposure"),
    "smallest": msg("smallest"),
    "p10": msg("10 % lie below"),
    "p25": msg("25 % lie below"),
    "median": msg("median"),
    "p75": msg("75 % lie below"),
    "p90": msg("90 % lie below"),
    "largest": msg("largest"),
    "mean": msg("mean"),
    "standard_deviation": msg("standard deviation"),
    "never": msg("never"),
    "not estimated": msg("not estimated"),
    "treated after the panel ends": msg("the policy came after the data end"),
    "treated from the first period on": msg("the policy was there from the first period on"),
    "first treated so soon after the panel that it may anticipate": msg(
        "the policy came so soon after the data end that it may already be anticipated"
    ),
    "seen in fewer than two periods": msg("figures for fewer than two periods"),
    "not seen in all periods": msg("no figures for some periods"),
    "periods missing: used where both periods of a comparison are seen": msg(
        "figures missing: used where both periods of a comparison have one"
    ),
    "periods missing: used where seen": msg("figures missing: used where there is one"),
    "no controls in the cell": msg("nobody to compare with in this period"),
    "periods beyond the window share the effect of its end": msg(
        "periods beyond the window share the effect of its end"
    ),
    "no semi-elasticity: some outcomes are 0 or less": msg(
        "no effect on the logarithm: some outcomes are 0 or less"
    ),
    "missing flows left out": msg("flows without a figure left out"),
    "separated: fixed effects foretell no flow": msg(
        "the fixed effects explain fully that nobody moved"
    ),
}
"""What kinds, figures and reasons of the tables are called."""
