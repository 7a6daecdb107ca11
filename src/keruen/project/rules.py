# SPDX-License-Identifier: Apache-2.0
"""The conventions of a cohort-component projection, as data.

Editions of the United Nations differ in the timing of migration and in which women count
for births. The choice is not a matter of taste: with the rule of another edition the
population of a country of emigration is wrong by up to a tenth in 2100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal, get_args

from keruen.core.errors import ScenarioError

Timing = Literal["end", "even"]
"""When migrants join: all at the end of the step, or half at its start and half at its end."""

BirthsExposure = Literal["wpp2022", "published", "closed"]
"""Which women count for births; see ``Rules``."""

Outflow = Literal["guard", "clip", "raise"]
"""What to do with outflow that would empty a group."""


@dataclass(frozen=True)
class Rules:
    """Conventions of one projection.

    Parameters
    ----------
    interval : int
        Years a step, equal to the width of the age groups.
    migration : {"end", "even"}
        Migrants join at the end, or half at the start and half at the end of the step.
    births_exposure : {"wpp2022", "published", "closed"}
        ``wpp2022``: mean of the women exposed at the start and the survivors at the end
        (editions 2022 and 2024); ``published``: mean of opening and closing women
        (editions to 2019); ``closed``: no migrant of the step counts.
    outflow : {"guard", "clip", "raise"}
        ``guard``: a group is never emptied below a trace of people, as the United Nations
        do; ``clip``: a group loses at most ``max_out``; ``raise``: more than that is an error.
    max_out : float
        Largest share of a group that may leave in one step.
    closed : bool
        Whether missing migration means none.
    moment : str
        Date to which the populations belong: "1 January", "1 July" or "31 December".

    Raises
    ------
    ScenarioError
        A rule has a value that it may not have (``RuleError``).

    Examples
    --------
    >>> EDITIONS["2024"].births_exposure
    'wpp2022'
    >>> Rules(interval=5).digest == Rules(interval=5).digest
    True
    """

    interval: int = 1
    migration: Timing = "end"
    births_exposure: BirthsExposure = "wpp2022"
    outflow: Outflow = "guard"
    max_out: float = 0.8
    closed: bool = False
    moment: str = "1 January"

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ScenarioError(
                    f"rule '{name}' cannot be '{value}'",
                    where="rules",
                    remedy=f"choose one of {', '.join(str(item) for item in allowed)}",
                    id="RuleError",
                )
        if not 0 < self.max_out <= 1:
            raise ScenarioError(
                f"rule 'max_out' cannot be {self.max_out}",
                where="rules",
                remedy="give a share above 0 and at most 1",
                id="RuleError",
            )

    @property
    def digest(self) -> str:
        """Fingerprint of the rules, stored with every result."""
        text = ";".join(f"{name}={value!r}" for name, value in sorted(asdict(self).items()))
        return sha256(text.encode()).hexdigest()[:16]


_ALLOWED: Final[Mapping[str, tuple[object, ...]]] = {
    "interval": (1, 5),
    "migration": get_args(Timing),
    "births_exposure": get_args(BirthsExposure),
    "outflow": get_args(Outflow),
    "moment": ("1 January", "1 July", "31 December"),
}

_FIVE_YEARS: Final = Rules(interval=5, births_exposure="published", moment="1 July")

EDITIONS: Final[Mapping[str, Rules]] = MappingProxyType(
    {
        **dict.fromkeys(("2008", "2010", "2012", "2015", "2017", "2019"), _FIVE_YEARS),
        "2022": Rules(),
        "2024": Rules(),
    }
)
"""Conventions of the editions of World Population Prospects.

To 2019 the timing of migration was set country by country: keep ``migration="end"`` for
those with code 9 and take :func:`evenly` for those with code 0.
"""


def evenly(rules: Rules) -> Rules:
    """The same rules with migrants spread evenly over the step.

    Parameters
    ----------
    rules : Rules
        Conventions to start from.

    Returns
    -------
    Rules
        A copy with ``migration="even"``.

    Examples
    --------
    >>> evenly(EDITIONS["2012"]).migration
    'even'
    """
    return replace(rules, migration="even")
