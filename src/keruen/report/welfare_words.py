# SPDX-License-Identifier: Apache-2.0
"""Words of the triple-win table: rows, methods, key assumptions, what is not counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from keruen.report.locale import Message, msg

SIDE_NAMES: Final[dict[str, Message]] = {
    "migrant": msg("Migrants"),
    "receiving": msg("Receiving side"),
    "sending": msg("Sending side"),
}
HORIZON_NAMES: Final[dict[str, Message]] = {
    "long_run": msg("Long run, capital adjusted"),
    "short_run": msg("Short run, capital fixed"),
}


@dataclass(frozen=True)
class RowWords:
    """What a row of the triple-win table is called and how it is come by."""

    name: Message
    method: Message
    assumption: Message
    not_counted: Message


_WAGES: Final = msg("Wages by nested CES of schooling and origin, exact form")
ROWS: Final[dict[str, RowWords]] = {
    "migrants": RowWords(
        msg("Migrants"),
        msg("Pay here less pay at home at equal schooling, less moving and money sent home"),
        msg("How far migrants' pay lags behind natives', and how they are selected"),
        msg("Years of looking for work, family apart, safety, rights, the wish to return"),
    ),
    "low_skill_natives": RowWords(
        msg("Natives without higher education"),
        _WAGES,
        msg("Elasticity between schooling groups; schooling of those who come"),
        msg("Unemployment, prices, rents, queues for services"),
    ),
    "high_skill_natives": RowWords(
        msg("Natives with higher education"),
        _WAGES,
        msg("Elasticity between schooling groups; schooling of those who come"),
        msg("New firms, inventions, demand for what they make"),
    ),
    "earlier_migrants": RowWords(
        msg("Earlier migrants"),
        _WAGES,
        msg("Elasticity between natives and migrants; schooling as that of residents"),
        msg("Networks that help newcomers and those before them"),
    ),
    "capital_owners": RowWords(
        msg("Owners of capital"),
        msg("Cobb-Douglas output with fixed capital; nothing once capital has adjusted"),
        msg("Pay of labour in output"),
        msg("Land and housing, whose owners gain as people come"),
    ),
    "host_treasury": RowWords(
        msg("Treasury"),
        msg("Taxes less costs over life, by age at arrival, spread over the years of stay"),
        msg("Taxes as a share of pay; whether newcomers cause costs of goods for all"),
        msg("Grandchildren, debt, customs; the law of the country on who is entitled"),
    ),
    "families_left": RowWords(
        msg("Families left behind"),
        msg("Remittances a migrant of the corridor, at the prices of the country of origin"),
        msg("Published remittances of 2021, a model of the World Bank, hold for newcomers"),
        msg("What the migrant earned for the family before; care that is missing; cash by hand"),
    ),
    "other_workers": RowWords(
        msg("Other workers at home"),
        msg("Wages by nested CES, loss of graduates' effect on others, brain gain"),
        msg("How much graduates raise the pay of others; how many more study"),
        msg("Skills and savings of those who return; trade and ideas from abroad"),
    ),
    "home_capital_owners": RowWords(
        msg("Owners of capital at home"),
        msg("Cobb-Douglas output with fixed capital; nothing once capital has adjusted"),
        msg("Pay of labour in output"),
        msg("Investment that migrants send"),
    ),
    "home_treasury": RowWords(
        msg("Treasury at home"),
        msg("Taxes less costs of those gone, as if they had stayed"),
        msg("Taxes as a share of pay, the same in every country"),
        msg("Public money spent on their schooling before they left"),
    ),
}
UNITS_OF: Final[dict[str, Message]] = {
    "share of output": msg("share of output"),
    "ratio": msg("ratio"),
    "elasticity": msg("elasticity"),
    "share of pay": msg("share of pay"),
    "odds ratio": msg("odds ratio"),
    "share of movers of working age": msg("share of movers of working age"),
    "rank": msg("rank"),
    "standard deviation of log pay": msg("standard deviation of log pay"),
    "years of pay at home": msg("years of pay at home"),
    "probability a year": msg("probability a year"),
    "rate a year": msg("rate a year"),
    "output a head": msg("output a head"),
    "share": msg("share"),
    "log pay by share of graduates": msg("log pay by share of graduates"),
    "percent of output": msg("percent of output"),
    "percent": msg("percent"),
    "USD a year": msg("US$ a year"),
    "thousand USD": msg("thousand US$"),
    "billion USD of 2001": msg("billion US$ of 2001"),
    "percent of world output": msg("percent of world output"),
}
STATUSES: Final[dict[str, Message]] = {
    "confirmed": msg("confirmed"),
    "to be confirmed": msg("to be confirmed"),
}
SHAPES: Final[dict[str, Message]] = {
    "fixed": msg("fixed"),
    "uniform": msg("uniform"),
    "triangular": msg("triangular"),
    "pert": msg("PERT"),
    "normal": msg("normal"),
    "lognormal": msg("lognormal"),
    "beta": msg("beta"),
}
NOT_COUNTED: Final[tuple[Message, ...]] = (
    msg("Third countries, and those who would have come or gone in their place."),
    msg("What people value beside income: safety, family, language, freedom."),
    msg("Prices, rents and the use of land; congestion; the environment."),
    msg("Institutions, trust and politics, on either side."),
    msg("Irregular migrants and seasonal workers, unless the source of movers counts them."),
)
