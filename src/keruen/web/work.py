# SPDX-License-Identifier: Apache-2.0
"""What jobs do: each kind takes what was asked and fills a folder, as its command would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from keruen.report.flow_run import Step

Work = Callable[[Mapping[str, Any], Path, Step], None]
"""Takes the facts of a job, the folder for its result, and the teller of progress."""


def scenario(facts: Mapping[str, Any], folder: Path, step: Step) -> None:
    """Run a scenario of the package, or one whose text was given."""
    from keruen.scenario.compose import compose
    from keruen.scenario.composed import with_draws
    from keruen.scenario.results import write_run
    from keruen.scenario.run import run_scenario

    made = compose(facts["scenario"])
    draws, seed = facts.get("trajectories"), facts.get("seed")
    made = with_draws(
        made,
        made.trajectories if draws is None else int(draws),
        made.seed if seed is None else int(seed),
    )
    run = run_scenario(made, stages=folder.parent.parent / "stages", step=step)
    write_run(run, folder, step=step)


KINDS: Final[Mapping[str, Work]] = {"scenario": scenario}
"""Kinds of jobs by name."""
