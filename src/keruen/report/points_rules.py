# SPDX-License-Identifier: Apache-2.0
"""Points systems of the package or of a user: their files read and checked, and a list of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.decide.points import RuleSet, make_rule_set, rule_set_on
from keruen.sources.point_rules import RuleFile, point_rules, read_point_rules

if TYPE_CHECKING:
    import pandas as pd


def read_rules(system: str | Path) -> tuple[RuleSet, ...]:
    """All rule sets of a system, checked.

    Parameters
    ----------
    system : str or Path
        A system of the package, or a file of your own.

    Returns
    -------
    tuple of RuleSet

    Raises
    ------
    ScenarioError
        No such system, or its file has faults: all at once, each with its line.
    """
    return tuple(make_rule_set(one.content, where=one.where) for one in read_point_rules(system))


def system_table() -> pd.DataFrame:
    """Points systems of the package, one row a rule set.

    Returns
    -------
    DataFrame
        ``system``, ``jurisdiction``, ``valid_from``, ``valid_to``, ``mark`` (points needed, empty
        where a draw decides), ``status``, ``partial``, ``file``.
    """
    import pandas as pd

    rows = [
        {
            "system": one.id, "jurisdiction": one.jurisdiction, "valid_from": one.valid_from,
            "valid_to": one.valid_to or "", "mark": _mark(one), "status": one.status,
            "partial": one.partial, "file": one.where,
        }
        for name in point_rules()
        for one in read_rules(name)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _mark(rules: RuleSet) -> str:
    mark = rules.pass_mark
    return "" if mark is None else mark if isinstance(mark, str) else f"{mark:g} points"


def rules_on(system: str | Path, as_of: date | str) -> tuple[RuleSet, RuleFile]:
    """The rules of a system that hold on a day, and the file they stand in.

    Parameters
    ----------
    system : str or Path
        A system of the package, or a rule file of your own.
    as_of : date or str
        Day.

    Returns
    -------
    tuple of RuleSet and RuleFile

    Raises
    ------
    ScenarioError
        No such system, no rule for the day, or a file with faults.
    """
    files = read_point_rules(system)
    made = [make_rule_set(one.content, where=one.where) for one in files]
    chosen = rule_set_on(made, as_of)
    return chosen, next(one for one, rules in zip(files, made, strict=True) if rules is chosen)
