# SPDX-License-Identifier: Apache-2.0
"""What a quota office publishes, as a folder: tables, workbook in a language, public log."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.decide.ledger import QuotaLedger
from keruen.decide.ledger_indicators import quota_indicators
from keruen.decide.quota_forecast import exhaustion_forecast
from keruen.decide.quota_public import public_tables
from keruen.measure.disclosure import TOTAL
from keruen.report.locale import Lang, Locale, Message, Region, Verbatim, msg
from keruen.report.release import release
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.formats.table_files import Written, write_table

if TYPE_CHECKING:
    import pandas as pd

_TITLES: Final = {
    "balances": msg("Balances"),
    "cases": msg("Cases"),
    "indicators": msg("Indicators"),
    "spending": msg("Spending"),
    "forecast": msg("When it runs out"),
}
_HEADS: Final[dict[str, Message]] = {
    "quota": msg("Quota"),
    "year": msg("Year"),
    "region": msg("Region"),
    "programme": msg("Programme"),
    "total": msg("Quota set"),
    "carried_in": msg("Carried over from before"),
    "carried_out": msg("Carried over to later"),
    "reserved": msg("Awarded, not yet arrived"),
    "used": msg("Arrived"),
    "free": msg("Free"),
    "closed": msg("Closed"),
    "hidden": msg("Hidden"),
    "group": msg("Group"),
    "state": msg("State"),
    "cases": msg("Cases"),
    "indicator": msg("Indicator"),
    "value": msg("Value"),
    "unit": msg("Unit"),
    "support": msg("Support"),
    "amount": msg("Amount paid"),
    "early": msg("Early (10%)"),
    "middle": msg("Expected"),
    "late": msg("Late (90%)"),
    "forecast": msg("Forecast"),
    "carried": msg("Carried over, net"),
    "spent": msg("Spent"),
    "waiting": msg("Cases in line"),
    "case": msg("Case"),
    "requested": msg("Units asked for"),
    "valid_until": msg("Last day of the award"),
    "paid": msg("Paid out"),
    "received": msg("Application received on"),
    "lower": msg("Low"),
    "upper": msg("High"),
    "payments": msg("Payments"),
    "unclaimed": msg("Free, less what those in line ask for"),
    "per_day": msg("Units asked for a day"),
    "rank": msg("Place in line"),
    "units": msg("Units"),
    "outcome": msg("Outcome"),
}
_WORDS: Final[dict[str, Message | Verbatim]] = {
    TOTAL: msg("Total"),
    "none": msg("no group"),
    "received": msg("application received"),
    "eligible": msg("eligible"),
    "waiting": msg("waiting"),
    "refused": msg("refused"),
    "appealing": msg("appealing"),
    "awarded": msg("awarded"),
    "declined": msg("declined"),
    "expired": msg("expired"),
    "no_show": msg("did not come"),
    "arrived": msg("arrived"),
    "withdrawn": msg("withdrawn"),
    "left": msg("left the region"),
    "returned": msg("returned"),
    "small": msg("small count"),
    "secondary": msg("hidden so that a small count cannot be worked out"),
    "relocation": msg("relocation"),
    "rent": msg("rent and utilities"),
    "employer": msg("payment to the employer"),
    "percent": Verbatim("%"),
    "days": msg("days"),
    "money": msg("money"),
    "dated": msg("by the requests so far"),
    "used up": msg("those in line ask for all that is free"),
    "too few requests": msg("too few requests"),
    "too early": msg("too early to tell: requests of less than a week"),
    "closed": msg("closed"),
    "kandas": msg("kandas"),
    "resettlers": msg("internal resettlers"),
    "use rate": msg("Share used"),
    "reserve rate": msg("Share awarded, not yet arrived"),
    "no-show rate": msg("Did not come, of awards that ended"),
    "appeals upheld": msg("Appeals upheld"),
    "awards overridden": msg("Awards out of turn"),
    "application to decision, median": msg("Application to decision, median"),
    "decision to arrival, median": msg("Decision to arrival, median"),
    "arrival to first job, median": msg("Arrival to first job, median"),
    "employed at 6 months, of those observed": msg("Employed after 6 months, of those observed"),
    "employed at 12 months, of those observed": msg("Employed after 12 months, of those observed"),
    "employed at 24 months, of those observed": msg("Employed after 24 months, of those observed"),
    "still in the region after 12 months": msg("Still in the region after 12 months"),
    "still in the region after 36 months": msg("Still in the region after 36 months"),
    "cost per case that stayed 12 months": msg("Cost of a case that stayed 12 months"),
}
_CODED: Final = (
    "group",
    "state",
    "hidden",
    "indicator",
    "unit",
    "support",
    "forecast",
    "programme",
)


def office_tables(ledger: QuotaLedger, *, on: datetime) -> dict[str, pd.DataFrame]:
    """Full figures of a ledger for the office's own screen; not for publication.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    on : datetime
        Day of the report, with its time zone.

    Returns
    -------
    dict of str to DataFrame
        Tables by title, those without rows left out.
    """
    balances = ledger.balances().drop(columns=["year", "region", "programme", "closed"])
    balances["carried"] = balances.pop("carried_in") - balances.pop("carried_out")
    balances["spent"] = [f"{each:,.0f}" for each in balances["spent"]]
    indicators = quota_indicators(ledger, on=on).dropna(subset="value").round(1)
    forecast = exhaustion_forecast(ledger, on=on).drop(columns=["free", "asked", "requests"])
    for name in ("early", "middle", "late"):
        forecast[name] = forecast[name].dt.strftime("%Y-%m-%d")
    forecast["per_day"] = forecast["per_day"].round(2)
    spending = ledger.spending()
    spending["amount"] = [f"{each:,.0f}" for each in spending["amount"]]
    cases = ledger.cases()
    past = (cases["state"] == "awarded") & (cases["valid_until"] < on.date().isoformat())
    tables = {
        "Balances": balances,
        "Indicators": indicators,
        "Spending": spending,
        "When it runs out": forecast,
        "Awards past their last day": cases.loc[past, ["quota", "case", "reserved", "valid_until"]],
    }
    return {title: table for title, table in tables.items() if len(table)}


def write_quota_report(
    ledger: QuotaLedger,
    target: Path,
    *,
    on: datetime,
    threshold: int = 5,
    lang: Lang = "en",
) -> tuple[Path, ...]:
    """Write what may be published of a ledger to a folder.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    target : Path
        Folder; made when it does not exist.
    on : datetime
        Day of the report, with its time zone.
    threshold : int, optional
        Smallest count that is shown.
    lang : {"en", "ru", "kk"}, optional
        Language of the workbook; the CSV files keep one set of names.

    Returns
    -------
    tuple of Path
        ``balances.csv``, ``cases.csv``, ``indicators.csv``, ``spending.csv``,
        ``forecast.csv``, ``log.csv``, ``quota-report.xlsx`` and ``manifest.json``.

    Raises
    ------
    SchemaError
        The day has no time zone, or the threshold is below 2.
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.decide.quota_public.public_tables : What is hidden, and why.
    """
    tables = public_tables(ledger, on=on, threshold=threshold)
    place, hash_ = ledger.head()
    locale = Locale(lang)

    def fill(folder: Path) -> None:
        for name, table in tables.items():
            write_table(Written(table, (), {}, ()), folder / f"{name}.csv", ".csv")
        sheets = [_sheet(title, tables[name], locale) for name, title in _TITLES.items()]
        notes = _notes(on, threshold, f"{place}:{hash_}", locale)
        write_sheets([*sheets, notes], folder / "quota-report.xlsx")

    manifest = {
        "command": "quota report",
        "options": {"on": on.isoformat(), "threshold": threshold, "lang": lang},
        "units": "units of each quota; cases",
        "head": {"place": place, "hash": hash_},
    }
    return release(target, manifest, fill)


def read_in(table: pd.DataFrame, locale: Locale) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of a table of a ledger in the reader's language.

    Parameters
    ----------
    table : DataFrame
        Table of :func:`office_tables`, or one that may be published.
    locale : Locale
        Language.

    Returns
    -------
    tuple of list
        Headings, and rows whose cells are None where hidden or unknown.
    """
    columns = [str(column) for column in table.columns]
    heads = [_HEADS[column].render(locale) if column in _HEADS else column for column in columns]
    rows = [
        [_cell(column, value, locale) for column, value in zip(columns, row, strict=True)]
        for row in table.itertuples(index=False, name=None)
    ]
    return heads, rows


def _sheet(title: Message, table: pd.DataFrame, locale: Locale) -> Sheet:
    heads, rows = read_in(table, locale)
    return Sheet(title.render(locale), heads, rows, widths=[22.0] * len(heads))


def _cell(column: str, value: Any, locale: Locale) -> Any:  # noqa: ANN401 - cells of any type
    """A cell as a reader of the language meets it; empty where hidden or unknown."""
    if value is None or value != value:  # noqa: PLR0124 - a missing value is not itself
        return None
    if column == "region" and value:
        return Region(str(value)).render(locale)
    if column == "closed":
        return (msg("yes") if value else msg("no")).render(locale)
    if column == "hidden" and ":" in str(value):
        parts = (part.split(": ") for part in str(value).split("; "))
        return "; ".join(
            f"{_HEADS[account].render(locale)}: {_WORDS[why].render(locale)}"
            for account, why in parts
        )
    if column in _CODED or value == TOTAL:
        known = _WORDS.get(str(value))
        return known.render(locale) if known is not None else str(value)
    return value.date().isoformat() if isinstance(value, date) and hasattr(value, "date") else value


def _notes(on: datetime, threshold: int, head: str, locale: Locale) -> Sheet:
    told = (
        msg("Day of the report: {day}.", day=on.date().isoformat()),
        msg(
            "Counts from 1 to {most} are hidden, and further ones where a hidden count could be "
            "worked out.",
            most=str(threshold - 1),
        ),
        msg(
            "Of indicators, shares are rounded to a whole percent and cases to a multiple of "
            "{threshold}.",
            threshold=str(threshold),
        ),
        msg(
            "The forecast continues the requests of the last 90 days; it knows nothing of seasons "
            "or of changes of the rules."
        ),
        msg(
            "The public log (log.csv) holds a hash for every entry: keep the last one, {head}, "
            "and nobody can change or cut the ledger unseen.",
            head=head,
        ),
    )
    rows = [[text.render(locale)] for text in told]
    return Sheet(msg("Notes").render(locale), [msg("Note").render(locale)], rows, widths=[120.0])
