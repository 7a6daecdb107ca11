# SPDX-License-Identifier: Apache-2.0
"""A run over occupations as a workbook to be read: the list, the need, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from keruen.core._lists import rows
from keruen.core.codes import code_list
from keruen.project.shortage import ShortageFlags
from keruen.report.locale import Count, Locale, Message, Region, Value, Verbatim, Year, msg
from keruen.sources.formats.sheets import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.skills_run import SkillsRun

_VERDICTS: Final = {
    "on the list": msg("on the list"),
    "off the list": msg("off the list"),
    "to be consulted": msg("to be consulted"),
}
_WHY: Final = {
    "skilled, in shortage, sensible": msg("skilled, in shortage, sensible"),
    "not skilled enough": msg("not skilled enough"),
    "no shortage": msg("no shortage"),
    "too few indicators are known": msg("too few indicators are known"),
    "in shortage, not judged whether migration helps": msg(
        "in shortage, not judged whether migration helps"
    ),
    "in shortage, but migration is judged no answer": msg(
        "in shortage, but migration is judged no answer"
    ),
}
_SIGNS: Final = {
    "wage_growth": msg("growth of pay, one year"),
    "wage_growth_3_years": msg("growth of pay, three years"),
    "employment_growth": msg("growth of employment"),
    "vacancy_rate": msg("vacancies per worker"),
    "days_to_fill": msg("days to fill a vacancy"),
    "employers_reporting": msg("employers who report a shortage, percent"),
    "seekers_per_vacancy": msg("job seekers per vacancy"),
}
_SPREAD: Final = {"low": msg("low"), "middle": msg("middle"), "high": msg("high")}
_HEADS: Final = {
    "occupation": msg("Code of the occupation"),
    "title": msg("Occupation"),
    "verdict": msg("Verdict"),
    "reason": msg("Reason"),
    "score": msg("Share of indicators that pass"),
    "turned_by": msg("What would turn the verdict"),
    "scenario": msg("Scenario"),
    "quantile": msg("Quantile of the paths"),
    "region": msg("Region"),
    "gap": msg("Gap: demand less supply"),
    "growth": msg("Growth of employment"),
    "replacement": msg("Replacement of those who leave"),
    "vacancies": msg("Unfilled vacancies"),
    "graduates": msg("Graduates"),
    "unemployed": msg("Unemployed who can be placed"),
    "movers": msg("Net movers from other regions"),
    "returnees": msg("Returnees and resettlers"),
    "retraining": msg("Retrained people"),
    "need": msg("Part of the gap to be met from abroad"),
    "proposed": msg("New permits proposed"),
    "because_growth": msg("Of them for growth"),
    "because_replacement": msg("Of them for replacement"),
    "because_vacancies": msg("Of them for vacancies"),
    "table": msg("Table that would tell"),
    "not_known": msg("What is not known"),
}
_UNKNOWN: Final = {
    one.text: one
    for one in (
        msg("replacement demand and job openings"),
        msg("occupations of regions: industries have the national mix"),
        msg("unemployed who can be placed"),
        msg("net movers from other regions"),
        msg("returnees and resettlers"),
        msg("retrained people"),
        msg("graduates"),
        msg("labour market ratio, normalised gap"),
        msg("outlook in the style of Canada"),
        msg("qualification gap, index of three pillars"),
        msg("test of credibility: every gap counts"),
        msg("shortage list"),
        msg("gap and need"),
        msg("unfilled vacancies in the gap"),
        msg("the part of the gap to be met from abroad: the need shown is the whole gap"),
    )
}
_WIDE: Final = {"title": 48.0, "reason": 100.0, "not_known": 70.0, "table": 60.0, "region": 26.0}
_TITLES: Final = {
    "shortage_list": msg("Shortage list"),
    "need": msg("Need"),
    "missing": msg("What is missing"),
}


@dataclass(frozen=True)
class Occupation:
    """An occupation by its ISCO code, or a code of one's own as it stands."""

    code: str

    def render(self, locale: Locale) -> str:
        """The occupation's name; in English where the language holds none."""
        known = code_list("isco08")
        if self.code not in known:
            return self.code
        return _names().get((self.code, locale.lang)) or known[self.code].title


@cache
def _names() -> dict[tuple[str, str], str]:
    own = [row for row in rows("code_names") if row["list"] == "isco08"]
    return {(row["code"], lang): row[f"name_{lang}"] for row in own for lang in ("ru", "kk")}


def reason_of(reason: str, occupation: str, flags: ShortageFlags) -> Message:
    """Why an occupation stands where it does, to be said in any language.

    Parameters
    ----------
    reason : str
        Reason of the shortage list, in English.
    occupation : str
        Its code.
    flags : ShortageFlags
        Indicators behind it.

    Returns
    -------
    Message
    """
    why = _WHY[reason.partition(";")[0]]
    cell = flags.passes.sel(occupation=occupation)
    known = [str(name) for name in cell.series.values[cell.notnull().to_numpy()]]
    passed = [name for name in known if cell.sel(series=name) == 1]
    told = tuple(_sign(name, occupation, flags) for name in passed)
    values: dict[str, Value | str] = {
        "why": why,
        "passed": Count(len(passed)),
        "known": Count(len(known)),
    }
    if not told:
        return msg("{why}; {passed} of {known} known indicators pass", **values)
    return msg("{why}; {passed} of {known} known indicators pass: {signs}", **values,
               signs=_Row(told))  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """Messages one after another."""

    items: tuple[Message, ...]

    def render(self, locale: Locale) -> str:
        return "; ".join(locale.say(item) for item in self.items)


def _sign(name: str, occupation: str, flags: ShortageFlags) -> Message:
    value = float(flags.indicators.sel(series=name, occupation=occupation))
    bar = float(flags.threshold.sel(series=name))
    return msg(
        "{indicator} {value} {sign} {threshold}",
        indicator=_SIGNS.get(name, Verbatim(name)),
        value=_figure(value),
        sign=Verbatim("≥" if flags.direction[name] == "high" else "≤"),
        threshold=_figure(bar),
    )


def _figure(value: float) -> Count:
    """Three digits that count."""
    size = abs(value)
    decimals = next((n for n, least in enumerate((100.0, 10.0, 1.0, 0.1)) if size >= least), 4)
    return Count(value, decimals=decimals)


def skill_sheets(run: SkillsRun, locale: Locale) -> list[Sheet]:
    """Sheets of the workbook for people, in one language.

    Parameters
    ----------
    run : SkillsRun
        The run.
    locale : Locale
        Language.

    Returns
    -------
    list of Sheet
        What the run is, the shortage list, the need and what is missing, of those there are.
    """
    found = [_about(run, locale)]
    for name, title in _TITLES.items():
        table = run.tables.get(name)
        if table is not None and len(table):
            found.append(_sheet(run, name, locale.say(title), table, locale))
    return found


def _about(run: SkillsRun, locale: Locale) -> Sheet:
    lines = [msg("A recommendation with reasons, not a decision.")]
    if run.practice:
        lines.insert(0, msg("Practice data: made up, not real."))
    if "need_year" in run.options:
        year = Year(int(str(run.options["need_year"])))
        lines.append(msg("Persons a year; the need is counted from {year}.", year=year))
    lines.append(
        msg(
            "The need follows the test of credibility, the list three questions: skilled, in "
            "shortage, sensible to fill by migration. The two may differ; the verdict stands "
            "beside the number."
        )
    )
    lines.append(msg("Errors of this projection in the past: not evaluated."))
    told = [[locale.say(line)] for line in lines]
    return Sheet(locale.say(msg("About this workbook")), [], told, [110.0])


def _sheet(run: SkillsRun, name: str, title: str, table: pd.DataFrame, locale: Locale) -> Sheet:
    shown = table
    if name == "need":
        shown = _sorted(table)
    if "occupation" in table:
        shown = shown.drop(columns="title", errors="ignore").copy()
        codes = shown["occupation"].astype(str)
        if codes.isin(list(code_list("isco08"))).any():
            names = [Occupation(code).render(locale) for code in codes]
            shown.insert(list(shown.columns).index("occupation") + 1, "title", names)
    columns = [str(column) for column in shown.columns if column in _HEADS]
    told = _cells(locale)
    body = [
        [told.get(column, _plain)(value) for column, value in zip(columns, row, strict=True)]
        for row in shown[columns].itertuples(index=False, name=None)
    ]
    if name == "shortage_list" and run.flags is not None:
        at, code = columns.index("reason"), columns.index("occupation")
        for line, source in zip(body, table["reason"], strict=True):
            line[at] = locale.say(reason_of(str(source), str(line[code]), run.flags))
    heads = [locale.say(_HEADS[column]) for column in columns]
    return Sheet(title, heads, body, [_WIDE.get(column, 18.0) for column in columns])


def _sorted(need: pd.DataFrame) -> pd.DataFrame:
    """The middle before the ends, and the largest numbers first."""
    spread = next((name for name in ("scenario", "quantile") if name in need), None)
    if spread is None:
        return need.sort_values("proposed", ascending=False, kind="stable")
    place = need[spread].map({"middle": 0, "low": 1, "high": 2, 0.5: 0, 0.1: 1, 0.9: 2})
    return (
        need.assign(_place=place)
        .sort_values(["_place", "proposed"], ascending=[True, False], kind="stable")
        .drop(columns="_place")
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells of any type
    """A number to two decimals, text as it is, nothing where it is missing."""
    if isinstance(value, float):
        return None if value != value else round(value, 2) + 0.0  # noqa: PLR0124 - missing
    return value


def _cells(locale: Locale) -> Mapping[str, Callable[[Any], Any]]:
    """How columns of words are written."""

    def worded(words: Mapping[str, Message]) -> Callable[[Any], Any]:
        return lambda value: locale.say(words[value]) if value in words else value

    return {
        "verdict": worded(_VERDICTS),
        "turned_by": worded(_SIGNS),
        "scenario": worded(_SPREAD),
        "not_known": worded(_UNKNOWN),
        "region": lambda value: Region(str(value)).render(locale),
    }
