# SPDX-License-Identifier: Apache-2.0
"""Jobs of the policy pages: rounds of invitations over a practice pool, or a pool that was sent."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from keruen.report.flow_run import Step, quiet

if TYPE_CHECKING:
    from keruen.report.draw_run import DrawRun

LEAST: Final = 5
"""Smallest count of candidates that is shown of a pool that was sent."""
PRACTICE_SIZE: Final = 3000
"""Candidates of the practice pool."""
PRACTICE_SINCE: Final = "2025-12-23"
"""Day after the last round that the practice pool has behind it."""
_OPTIONS: Final = ("size", "every", "weeks", "trajectories", "seed", "start", "since")


def practice_draws(facts: Mapping[str, Any], step: Step = quiet) -> DrawRun:
    """Rounds over the practice pool, whose every figure is made up.

    Parameters
    ----------
    facts : mapping
        Options of :func:`keruen.report.draw_run.run_draws`; without a size the planned rounds
        of the practice set.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    DrawRun
    """
    from keruen.report.draw_run import run_draws
    from keruen.sources.practice_points import write_practice_points

    with TemporaryDirectory() as folder:
        made = Path(folder) / "practice"
        write_practice_points(made, candidates=PRACTICE_SIZE, seed=1)
        rounds = None if facts.get("size") else made / "rounds.csv"
        asked = _asked(facts) | {"since": facts.get("since") or PRACTICE_SINCE}
        return run_draws(made / "pool.csv", rounds=rounds, step=step, **asked)


def draws(facts: Mapping[str, Any], folder: Path, step: Step) -> None:
    """Hold rounds over a pool; a pool that was sent is removed, whatever comes of the run.

    The result is written once a language. Of persons it holds no count below :data:`LEAST`.
    """
    from keruen.report.draw_release import write_draws
    from keruen.report.draw_run import run_draws
    from keruen.report.locale import LANGS, Locale

    data = folder.parent.parent
    draft = data / "drafts" / folder.name
    sent = [data / facts[name] for name in ("file", "rounds") if facts.get(name)]
    try:
        if "file" in facts:
            rounds = data / facts["rounds"] if facts.get("rounds") else None
            asked = _asked(facts)
            run = run_draws(sent[0], rounds=rounds, least=LEAST, step=step, **asked)
        else:
            run = practice_draws(facts, step)
        for lang in LANGS:
            write_draws(run, draft / lang, locale=Locale(lang), step=step)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        for one in sent:
            shutil.rmtree(one.parent, ignore_errors=True)


def _asked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Options as a run takes them."""
    spans = {name: tuple(facts[name]) for name in ("acceptance", "withdrawal")}
    return {name: facts[name] for name in _OPTIONS} | spans
