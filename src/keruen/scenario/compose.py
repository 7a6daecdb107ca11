# SPDX-License-Identifier: Apache-2.0
"""A baseline and what is laid over it, left to right; all faults of all files at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from keruen.core.errors import ScenarioError, WorkbenchError, raise_faults
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


def compose(what: str | Path) -> Scenario:
    """A scenario with all that it is based on.

    Parameters
    ----------
    what : str or Path
        File, or the name of a scenario of the package, such as ``kaz/quota_5000``.

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
    files = list(_ordered(path, (), {}, faults))
    raise_faults(faults, where=path.name)
    scenario = _laid(files, faults)
    raise_faults(faults, where=path.name)
    return scenario


def _found(what: str, near: Place | None, folder: Path | None = None) -> Path:
    """File of a scenario named by path, beside another, or in the package."""
    tried = [Path(what)] if near is None else []
    tried += [folder / f"{what}.yaml"] if folder is not None else []
    tried += [HOME / f"{what}.yaml"]
    for one in tried:
        if one.is_file():
            return one
    known = [*scenario_names(), *(path.stem for path in (folder or HOME).glob("*.yaml"))]
    close = get_close_matches(what, known, n=2, cutoff=0.4)
    raise ScenarioError(
        f"there is no scenario '{what}'",
        where=str(near) if near is not None else "",
        remedy=f"did you mean {' or '.join(close)}?" if close else "see keruen run --list",
        id="UnknownScenario",
    )


def _ordered(
    path: Path, chain: tuple[Path, ...], seen: dict[Path, str], faults: list[WorkbenchError]
) -> Iterator[ScenarioFile]:
    """A file's basis, then the file; each once."""
    where = path.resolve()
    if where in seen:
        return
    seen[where] = path.name
    told, wrong = read_scenario_file(path)
    faults += wrong
    for name, place in told.based_on:
        try:
            below = _found(name, place, path.parent)
        except ScenarioError as fault:
            faults.append(fault)
            continue
        if below.resolve() in (*chain, where):
            faults.append(
                ScenarioError(
                    f"'{name}' is based on this scenario in turn",
                    where=str(place),
                    remedy="a scenario cannot rest on itself: take one of the two names out",
                    id="ScenarioCycle",
                )
            )
            continue
        yield from _ordered(below, (*chain, where), seen, faults)
    yield told


def _laid(files: list[ScenarioFile], faults: list[WorkbenchError]) -> Scenario:
    """All files over each other."""
    last = files[-1]
    baselines = [one for one in files if one.keys]
    if len(baselines) != 1:
        many = " and ".join(one.name for one in baselines)
        raise ScenarioError(
            f"there are two baselines: {many}" if many else "the scenario rests on no baseline",
            where=last.path.name,
            remedy="name one baseline in 'based_on', such as based_on: [baseline]",
            id="NoBaseline",
        )
    base = baselines[0]
    horizon = [one.horizon for one in files if one.horizon is not None]
    if not horizon or not base.country:
        what = "the baseline names no horizon or country"
        raise ScenarioError(what, where=base.path.name, remedy="give country: and horizon:")
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
            bounds = f"{short(key.low)} to {short(key.high)}"
            self.faults.append(
                ScenarioError(
                    f"{short(out[0])} is outside {bounds}",
                    where=str(change.place),
                    remedy=f"choose a value within {bounds} {key.unit}".rstrip(),
                    id="OutOfBounds",
                )
            )
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
                        f"'{key}' has no value in {year}",
                        where=str(self.keys[key].place),
                        remedy="let the baseline give a value from the first year on",
                        id="NoValue",
                    )
                )


def _misfits(change: Change, key: Key, years: tuple[int, ...]) -> Iterator[ScenarioError]:
    """What of a change does not fit its key."""
    where = str(change.place)
    spanned = change.start is not None or change.end is not None
    if key.choices and (change.how != "value" or change.value not in key.choices or spanned):
        yield ScenarioError(
            f"'{change.value}' is not one of the choices, or does not hold in all years",
            where=where,
            remedy=f"choose one for all years: {', '.join(key.choices)}",
            id="UnknownChoice",
        )
    if not key.choices and isinstance(change.value, str):
        remedy = "write a number with a point, without quotes"
        yield ScenarioError(f"'{change.value}' is not a number", where=where, remedy=remedy)
    if change.unit and change.unit != key.unit and change.how != "scale":
        yield ScenarioError(
            f"the unit is '{change.unit}', but '{key.unit}' in the baseline",
            where=where,
            remedy="give the value in the unit of the baseline",
            id="UnitMismatch",
        )
    for year in (change.start, change.end):
        if years and year is not None and not years[0] <= year <= years[-1]:
            yield ScenarioError(
                f"{year} is outside the horizon {years[0]} to {years[-1]}",
                where=where,
                remedy="choose a year within it, or change 'horizon:'",
                id="OutsideHorizon",
            )


def _changed(change: Change, old: float | str | None) -> float | str | None:
    if change.how == "value":
        return change.value
    if not isinstance(old, float) or not isinstance(change.value, float):
        return old
    new = old * change.value if change.how == "scale" else old + change.value
    return new if math.isfinite(new) else old
