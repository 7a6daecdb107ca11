# SPDX-License-Identifier: Apache-2.0
"""A baseline and what is laid over it, left to right; all faults of all files at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from keruen.core.errors import ScenarioError, WorkbenchError, raise_faults
from keruen.core.sentences import msg
from keruen.scenario.composed import Scenario, Step, short, unknown_key
from keruen.scenario.reading import read_scenario_file
from keruen.scenario.schema import Change, Key, ScenarioFile
from keruen.sources.marked_yaml import Place

HOME: Final = Path(__file__).parent / "scenarios"
"""Scenarios of the package, one folder a country."""


def scenario_names(country: str = "") -> dict[str, Path]:
    """Scenarios that come with the package.

    Parameters
    ----------
    country : str, optional
        Code of a country; all when not given.

    Returns
    -------
    dict of str to Path
        Files by name, ``country/name``.
    """
    found = sorted(HOME.glob(f"{country.lower() or '*'}/*.yaml"))
    return {f"{one.parent.name}/{one.stem}": one for one in found}


def compose(what: str | Path, *, alone: bool = False) -> Scenario:
    """A scenario with all that it is based on.

    Parameters
    ----------
    what : str or Path
        File, or the name of a scenario of the package, such as ``kaz/quota_5000``.
    alone : bool, optional
        Whether a file of yours may rest on scenarios of the package alone, and on no other file.

    Returns
    -------
    Scenario

    Raises
    ------
    FaultsError
        What is wrong in any of the files, all at once: a field or key that is not known, a wrong
        unit, a year outside the horizon, a value out of bounds, a circle.
    ScenarioError
        There is no such scenario, or no baseline.

    Notes
    -----
    Files of ``based_on`` are laid from left to right, each with its own basis before it, and the
    file itself last. A file that is met twice is laid once, where it is met first. A change
    works on what then holds: a scale after a scale multiplies.

    Examples
    --------
    >>> quota = compose("kaz/quota_5000")
    >>> quota.series("decide.resettlement.families_per_year").sel(year=2030).item()
    5000.0
    """
    path = _found(str(what), None)
    faults: list[WorkbenchError] = []
    files = list(_Basis(alone, faults).ordered(path, ()))
    if files[-1].keys:  # a baseline of one's own: what hangs on a faulty key is no news
        raise_faults(faults, where=path.name)
    try:
        scenario = _laid(files, faults)
    except ScenarioError:
        raise_faults(faults, where=path.name)  # faults of the files explain it
        raise
    raise_faults(faults, where=path.name)
    return scenario


def _found(what: str, near: Place | None, folder: Path | None = None) -> Path:
    """File of a scenario named by path, beside another, or in the package."""
    tried = [Path(what)] if near is None else []
    tried += [folder / f"{what}.yaml"] if folder is not None else []
    for one in tried:
        if one.is_file():
            return one
    names = scenario_names()
    if what in names:
        return names[what]
    known = [*names, *(path.stem for path in (folder or HOME).glob("*.yaml"))]
    close = get_close_matches(what, known, n=2, cutoff=0.4)
    raise ScenarioError(
        msg("there is no scenario '{name}'", name=what),
        where=str(near) if near is not None else "",
        remedy=(
            msg("did you mean {names}?", names=", ".join(close))
            if close
            else msg("see keruen run --list")
        ),
        id="UnknownScenario",
    )


@dataclass
class _Basis:
    """What a file rests on: whether other files than the package's may be, and the faults."""

    alone: bool
    faults: list[WorkbenchError]
    seen: set[Path] = field(default_factory=set)

    def ordered(self, path: Path, chain: tuple[Path, ...]) -> Iterator[ScenarioFile]:
        """A file's basis, then the file; each once."""
        where = path.resolve()
        if where in self.seen:
            return
        self.seen.add(where)
        told, wrong = read_scenario_file(path)
        self.faults += wrong
        ours = not self.alone or where.is_relative_to(HOME.resolve())
        for name, place in told.based_on:
            try:
                below = _found(name, place, path.parent if ours else None)
            except ScenarioError as fault:
                self.faults.append(fault)
                continue
            if below.resolve() in (*chain, where):
                self.faults.append(
                    ScenarioError(
                        msg("'{name}' is based on this scenario in turn", name=name),
                        where=str(place),
                        remedy=msg(
                            "a scenario cannot rest on itself: take one of the two names out"
                        ),
                        id="ScenarioCycle",
                    )
                )
                continue
            yield from self.ordered(below, (*chain, where))
        yield told


def _laid(files: list[ScenarioFile], faults: list[WorkbenchError]) -> Scenario:
    """All files over each other."""
    last = files[-1]
    baselines = [one for one in files if one.keys]
    if len(baselines) != 1:
        many = ", ".join(one.name for one in baselines)
        raise ScenarioError(
            msg("there are two baselines: {names}", names=many)
            if many
            else msg("the scenario rests on no baseline"),
            where=last.path.name,
            remedy=msg("name one baseline in 'based_on', such as based_on: [kaz/baseline]"),
            id="NoBaseline",
        )
    base = baselines[0]
    horizon = [one.horizon for one in files if one.horizon is not None]
    if not horizon or not base.country:
        what = msg("the baseline names no horizon or country")
        raise ScenarioError(what, where=base.path.name, remedy=msg("give country: and horizon:"))
    years = tuple(range(horizon[-1][0], horizon[-1][1] + 1))
    laying = _Laying(base.keys, years, {key: [] for key in base.keys}, faults)
    for one in files:
        for change in one.changes:
            laying.lay(one, change)
    laying.check_values()
    doubts = {d.key: d for one in files for d in one.doubts}
    for doubt in doubts.values():
        key = base.keys.get(doubt.key)
        if key is None or key.choices:
            faults.append(unknown_key(doubt.key, base.keys, doubt.place))
    return Scenario(
        name=last.name,
        country=base.country,
        title=last.title,
        years=years,
        trajectories=_last([one.trajectories for one in files]),
        seed=_last([one.seed for one in files]),
        keys=dict(base.keys),
        steps={key: tuple(found) for key, found in laying.steps.items()},
        doubts=tuple(doubts.values()),
        levers=_levers(files, base.keys, faults),
        outcomes=tuple(dict.fromkeys(name for one in files for name, _ in one.outcomes)),
        assumes={key: text for one in files for key, text in one.assumes.items()},
        reason=last.reason,
        files=tuple(files),
    )


def _last(said: list[int | None]) -> int:
    """What the last file says that says it; 0 when none does."""
    return next((one for one in reversed(said) if one is not None), 0)


def _levers(
    files: list[ScenarioFile], keys: Mapping[str, Key], faults: list[WorkbenchError]
) -> tuple[str, ...]:
    """Keys that patterns such as ``decide.*`` name."""
    found: dict[str, None] = {}
    for pattern, place in (one for file in files for one in file.levers):
        met = [key for key in keys if fnmatchcase(key, pattern)]
        if not met:
            faults.append(unknown_key(pattern, keys, place))
        found |= dict.fromkeys(met)
    return tuple(found)


@dataclass
class _Laying:
    """Changes laid over each other, and what is wrong with them."""

    keys: Mapping[str, Key]
    years: tuple[int, ...]
    steps: dict[str, list[Step]]
    faults: list[WorkbenchError]

    def lay(self, file: ScenarioFile, change: Change) -> None:
        """One change on what holds, or why it cannot be made."""
        key = self.keys.get(change.key)
        if key is None:
            self.faults.append(unknown_key(change.key, self.keys, change.place))
            return
        # a baseline may hold values of years before and after a shorter horizon
        wrong = list(_misfits(change, key, () if file.keys else self.years))
        self.faults += wrong
        if not wrong:
            self._lay(file.name, change, key)

    def _lay(self, scenario: str, change: Change, key: Key) -> None:
        found, years = self.steps[change.key], self.years
        before = found[-1].after if found else (None,) * len(years)
        start, end = change.start or years[0], change.end or years[-1]
        after = tuple(
            _changed(change, old) if start <= year <= end else old
            for year, old in zip(years, before, strict=True)
        )
        out = [one for one in after if isinstance(one, float) and not key.low <= one <= key.high]
        if out:
            self.faults.append(_outside(out[0], key, change.place))
            return
        text = f"{'' if change.how == 'value' else change.how + ' '}{short(change.value)}"
        text += f" from {start}" if start > years[0] else ""
        text += f" to {end}" if end < years[-1] else ""
        found.append(Step(scenario, change.place, text, before, after, change.why))

    def check_values(self) -> None:
        """A key without a value in some year of the horizon is a fault."""
        for key, found in self.steps.items():
            held = found[-1].after if found else (None,) * len(self.years)
            if None in held:
                year = self.years[held.index(None)]
                self.faults.append(
                    ScenarioError(
                        msg("'{key}' has no value in {year}", key=key, year=year),
                        where=str(self.keys[key].place),
                        remedy=msg("let the baseline give a value from the first year on"),
                        id="NoValue",
                    )
                )


def _misfits(change: Change, key: Key, years: tuple[int, ...]) -> Iterator[ScenarioError]:
    """What of a change does not fit its key."""
    where = str(change.place)
    spanned = change.start is not None or change.end is not None
    if key.choices and (change.how != "value" or change.value not in key.choices or spanned):
        yield ScenarioError(
            msg(
                "'{value}' is not one of the choices, or does not hold in all years",
                value=change.value,
            ),
            where=where,
            remedy=msg("choose one for all years: {names}", names=", ".join(key.choices)),
            id="UnknownChoice",
        )
    if not key.choices and isinstance(change.value, str):
        what = msg("'{value}' is not a number", value=change.value)
        remedy = msg("write a number with a point, without quotes")
        yield ScenarioError(what, where=where, remedy=remedy)
    if change.unit and change.unit != key.unit and change.how != "scale":
        yield ScenarioError(
            msg(
                "the unit is '{unit}', but '{expected}' in the baseline",
                unit=change.unit,
                expected=key.unit,
            ),
            where=where,
            remedy=msg("give the value in the unit of the baseline"),
            id="UnitMismatch",
        )
    if (
        change.how == "value"
        and isinstance(change.value, float)
        and not (key.low <= change.value <= key.high)
    ):
        yield _outside(change.value, key, change.place)
    if change.start is not None and change.end is not None and change.start > change.end:
        yield ScenarioError(
            msg("the years run from {first} to {last}", first=change.start, last=change.end),
            where=where,
            remedy=msg("let 'from:' be no later than 'to:'"),
            id="YearsTurned",
        )
    for year in (change.start, change.end):
        if years and year is not None and not years[0] <= year <= years[-1]:
            yield ScenarioError(
                msg(
                    "{year} is outside the horizon {first} to {last}",
                    year=year,
                    first=years[0],
                    last=years[-1],
                ),
                where=where,
                remedy=msg("choose a year within it, or change 'horizon:'"),
                id="OutsideHorizon",
            )


def _outside(value: float, key: Key, place: Place) -> ScenarioError:
    """The fault of a value that is out of the bounds of its key."""
    low, high = short(key.low), short(key.high)
    return ScenarioError(
        msg("{value} is outside {low} to {high}", value=short(value), low=low, high=high),
        where=str(place),
        remedy=msg("choose a value within {low} to {high}", low=low, high=high),
        id="OutOfBounds",
    )


def _changed(change: Change, old: float | str | None) -> float | str | None:
    if change.how == "value":
        return change.value
    if not isinstance(old, float) or not isinstance(change.value, float):
        return old
    new = old * change.value if change.how == "scale" else old + change.value
    return new if math.isfinite(new) else old
