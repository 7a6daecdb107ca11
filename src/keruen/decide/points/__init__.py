# SPDX-License-Identifier: Apache-2.0
"""Points systems: rule sets as data, profiles scored with every point explained, draws.

Rule sets are read from files by ``keruen.sources.point_rules`` and handed over as plain
structures. Nothing here decides about a person: it proposes, and an officer confirms.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from keruen.decide.points._read_rules import make_rule_set
from keruen.decide.points.changes import single_changes
from keruen.decide.points.compare import Comparison, compare_scores
from keruen.decide.points.grid import rule_set_on
from keruen.decide.points.missing import missing_facts
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.score import Scores, score_profiles
from keruen.decide.points.trace import Trace

if TYPE_CHECKING:
    from keruen.decide.points.attractiveness import Attractiveness, talent_attractiveness
    from keruen.decide.points.design import GridDesign, design_grid
    from keruen.decide.points.draws import Draw, Pool, hold_draw, make_pool
    from keruen.decide.points.draws_bands import CutoffPrediction, predict_cutoff
    from keruen.decide.points.draws_paths import DrawPaths
    from keruen.decide.points.draws_policy import Round, arrival_rates, rounds_every
    from keruen.decide.points.draws_simulation import simulate_draws

__all__ = [
    "Attractiveness",
    "Comparison",
    "CutoffPrediction",
    "Draw",
    "DrawPaths",
    "GridDesign",
    "Pool",
    "Round",
    "RuleSet",
    "Scores",
    "Trace",
    "arrival_rates",
    "compare_scores",
    "design_grid",
    "hold_draw",
    "make_pool",
    "make_rule_set",
    "missing_facts",
    "predict_cutoff",
    "rounds_every",
    "rule_set_on",
    "score_profiles",
    "simulate_draws",
    "single_changes",
    "talent_attractiveness",
]

_LATER: Final = {
    "Attractiveness": "attractiveness",
    "CutoffPrediction": "draws_bands",
    "Draw": "draws",
    "DrawPaths": "draws_paths",
    "GridDesign": "design",
    "Pool": "draws",
    "Round": "draws_policy",
    "arrival_rates": "draws_policy",
    "design_grid": "design",
    "hold_draw": "draws",
    "make_pool": "draws",
    "predict_cutoff": "draws_bands",
    "rounds_every": "draws_policy",
    "simulate_draws": "draws_simulation",
    "talent_attractiveness": "attractiveness",
}
"""Names that are imported only when they are asked for, with their modules."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever stands under the name
    if name not in _LATER:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
