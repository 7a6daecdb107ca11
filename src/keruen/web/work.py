# SPDX-License-Identifier: Apache-2.0
"""What jobs do: each kind takes what was asked and fills a folder, as its command would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from keruen.report.flow_run import Step
from keruen.web.policy_work import draws

Work = Callable[[Mapping[str, Any], Path, Step], None]
"""Takes the facts of a job, the folder for its result, and the teller of progress."""


def scenario(facts: Mapping[str, Any], folder: Path, step: Step) -> None:
    """Run a scenario of the package, or one whose text was given."""
    from keruen.scenario.compose import compose
    from keruen.scenario.composed import with_draws
    from keruen.scenario.own import compose_text
    from keruen.scenario.results import write_run
    from keruen.scenario.run import run_scenario
    from keruen.scenario.sensitivity import sensitivity

    name, text = facts["scenario"], facts.get("text")
    made = compose(name) if text is None else compose_text(text, name.rsplit("/", 1)[-1])
    draws, seed = facts.get("trajectories"), facts.get("seed")
    made = with_draws(
        made,
        made.trajectories if draws is None else int(draws),
        made.seed if seed is None else int(seed),
    )
    shared = facts.get("sensitivity", False)
    run = run_scenario(made, stages=folder.parent.parent / "stages", step=step)
    shares = sensitivity(made, step=lambda _, what: step(0.93, what)) if shared else None
    write_run(run, folder, shares=shares, step=step)


def placement(facts: Mapping[str, Any], folder: Path, step: Step) -> None:
    """Place the families of a workbook; what is refused leaves nothing behind.

    The result is written once a language, since tables, maps and reasons are read by people.
    """
    from keruen.report.locale import LANGS
    from keruen.report.placement_letters import make_letters
    from keruen.report.placement_release import write_placement
    from keruen.report.placement_run import PlacementOptions, run_placement

    data = folder.parent.parent
    sent, draft = data / facts["file"], data / "drafts" / folder.name
    options = PlacementOptions(
        voluntary=facts["voluntary"],
        gap=facts["gap"],
        seconds=facts.get("seconds", PlacementOptions.seconds),
        region_key=facts.get("region_key"),
    )
    try:
        run = run_placement(sent, options=options, step=step)
        letters = make_letters(run, facts["letters"], step=step) if facts["letters"] else ()
        for lang in LANGS:
            given = letters if lang == LANGS[0] else ()
            write_placement(run, draft / lang, letters=given, lang=lang, step=step)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(sent.parent, ignore_errors=True)
        raise


KINDS: Final[Mapping[str, Work]] = {
    "scenario": scenario,
    "placement": placement,
    "draws": draws,
}
"""Kinds of jobs by name."""

PERSONAL: Final = frozenset({"placement", "draws"})
"""Kinds whose results tell of persons: for the eyes of who asked, and nobody else's."""
