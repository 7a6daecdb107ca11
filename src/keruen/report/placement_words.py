# SPDX-License-Identifier: Apache-2.0
"""Words of a placement: services, prices, outcomes, headings; said in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.locale import Count, Listing, Message, Value, Verbatim, msg, nmsg

OUTCOMES: Final[Mapping[str, Message]] = {
    "best": msg("placed where most members are expected in work"),
    "wish": msg("placed by its wish"),
    "elsewhere": msg("placed elsewhere: a better place is full or others gain more"),
    "too_large": msg("waits: too large for every place"),
    "apart": msg("waits: no place takes all families that go together"),
    "nowhere": msg("waits: no place is possible"),
    "full": msg("waits: the possible places are full"),
}
"""What may come of a family."""

MEASURES: Final[Mapping[str, Message]] = {
    "share_placed": msg("Share with a place, percent"),
    "mean_score": msg("Expected members in work, mean of all families"),
    "share_of_best": msg("Score as a share of the family's own best, percent"),
    "wish_rank": msg("Rank among wishes, mean of those placed by a wish"),
}
"""What is compared between groups."""

FLAGS: Final[Mapping[str, Message]] = {
    "best": msg("the best group"),
    "near": msg("0.8 of the best group or more"),
    "below": msg("below 0.8 of the best group"),
    "perhaps": msg("below 0.8 of the best group, but the interval is not"),
    "small": msg("fewer than 30 families: not tested"),
    "": msg("not tested"),
}
"""What the comparison of a group says."""

OBSTACLES: Final[Mapping[str, Message]] = {
    "too large": msg("family larger than the room of every possible place"),
    "nowhere possible": msg("no place is possible for the family"),
    "together too large": msg("linked families fit nowhere together"),
    "nothing in common": msg("linked families have no possible place in common"),
    "no capacity": msg("locality without any room"),
    "nobody may come": msg("locality that is possible for no family"),
    "least load out of reach": msg("least load that cannot be reached"),
    "all scores equal": msg("all scores are equal: they do not tell places apart"),
}
"""What cannot work whatever is decided."""

SHEETS: Final[Mapping[str, Message]] = {
    "assignment": msg("Places"),
    "load": msg("Load"),
    "prices": msg("Prices"),
    "fairness_groups": msg("Groups"),
    "fairness_regions": msg("Regions"),
    "obstacles": msg("Obstacles"),
    "check": msg("Check"),
    "model": msg("Model of chances of work"),
    "jobs": msg("Jobs"),
    "job_places": msg("Job places"),
    "summary": msg("Summary"),
}
"""Names of the sheets of the workbook."""

HEADS: Final[Mapping[str, Message]] = {
    "family": msg("Family"),
    "group": msg("Group"),
    "locality": msg("Locality"),
    "name": msg("Name"),
    "region": msg("Region"),
    "score": msg("Expected members in work"),
    "rank": msg("Rank by score"),
    "options": msg("Possible places"),
    "wish": msg("Rank among wishes"),
    "proposed": msg("Proposed by score"),
    "outcome": msg("Outcome"),
    "other": msg("Best other place"),
    "other_name": msg("Name of the other place"),
    "other_score": msg("Score there"),
    "binding": msg("What is short there"),
    "binding_price": msg("Price of one unit of it"),
    "mode": msg("Decision"),
    "text": msg("Explanation"),
    "service": msg("Service"),
    "used": msg("Used"),
    "capacity": msg("Room"),
    "free": msg("Free"),
    "price": msg("Price of one unit"),
    "measure": msg("Measure"),
    "families": msg("Families"),
    "value": msg("Value"),
    "ratio": msg("Ratio to the best group"),
    "ratio_low": msg("Ratio, low"),
    "ratio_high": msg("Ratio, high"),
    "flag": msg("Verdict"),
    "persons": msg("Persons placed"),
    "room": msg("Room for persons"),
    "residents": msg("Residents"),
    "per_1000": msg("Persons per 1,000 residents"),
    "best_share": msg("Families at their best place, percent"),
    "target": msg("Persons to take"),
    "kind": msg("What"),
    "who": msg("Who"),
    "where": msg("Where"),
    "change": msg("Smallest change that would help"),
    "check": msg("Promise"),
    "holds": msg("Holds"),
    "found": msg("Found"),
    "worker": msg("Worker"),
    "occupation": msg("Occupation"),
    "title": msg("Name of the occupation"),
    "step": msg("Step"),
    "chance": msg("Chance of work"),
    "chance_left": msg("Chance left, percent"),
}
"""Headings of the tables."""

MODES: Final[Mapping[str, Message]] = {
    "proposal": msg("proposal: an officer confirms or overrides it")
}
"""State of a decision."""


def units(service: str, number: int) -> Value:
    """So many units of a service, such as 2 homes.

    Parameters
    ----------
    service : str
        Name of the service.
    number : int
        Units.

    Returns
    -------
    Value

    Examples
    --------
    >>> from keruen.report.locale import Locale
    >>> units("housing", 2).render(Locale("en"))
    '2 homes'
    """
    made = {
        "housing": nmsg("{number} home", "{number} homes", number),
        "persons": nmsg("room for {number} person", "room for {number} persons", number),
        "kindergarten": nmsg("{number} kindergarten place", "{number} kindergarten places", number),
        "school_1_4": nmsg(
            "{number} school place (years 1-4)", "{number} school places (years 1-4)", number
        ),
        "school_5_9": nmsg(
            "{number} school place (years 5-9)", "{number} school places (years 5-9)", number
        ),
        "school_10_11": nmsg(
            "{number} school place (years 10-11)", "{number} school places (years 10-11)", number
        ),
        "jobs": nmsg("{number} job", "{number} jobs", number),
    }
    return made.get(service, Verbatim(f"{number} {service}"))


def change_words(change: str) -> Value:
    """The smallest change of an obstacle, with services in the reader's language.

    Parameters
    ----------
    change : str
        As of :func:`keruen.decide.placement_relaxation.find_obstacles`: units to be added, or
        what a least load has to fall to.

    Returns
    -------
    Value

    Examples
    --------
    >>> from keruen.report.locale import Locale
    >>> change_words("4 persons, 1 school_1_4").render(Locale("en"))
    'room for 4 persons and 1 school place (years 1-4)'
    >>> change_words("9 → 5 persons").render(Locale("en"))
    '9 → room for 5 persons'
    """
    parts: list[Value] = []
    for part in filter(None, change.split(", ")):
        given, _, needed = part.rpartition("→ ")
        number, _, service = needed.partition(" ")
        told = units(service, int(number))
        parts.append(
            msg("{given} → {needed}", given=Verbatim(given.strip()), needed=told) if given else told
        )
    return Listing(tuple(parts)) if parts else Verbatim("")


SERVICE_WORDS: Final[Mapping[str, Message]] = {
    "housing": msg("homes"),
    "persons": msg("room for persons"),
    "kindergarten": msg("kindergarten places"),
    "school_1_4": msg("school places (years 1-4)"),
    "school_5_9": msg("school places (years 5-9)"),
    "school_10_11": msg("school places (years 10-11)"),
    "jobs": msg("jobs"),
}
"""What services are called in a sentence."""


def service_names(services: str) -> Value:
    """Services named in a text, as a list in the reader's language.

    Parameters
    ----------
    services : str
        Names with commas between them.

    Returns
    -------
    Value

    Examples
    --------
    >>> from keruen.report.locale import Locale
    >>> service_names("housing, jobs").render(Locale("en"))
    'homes and jobs'
    """
    names = [one for one in services.split(", ") if one]
    return Listing(tuple(SERVICE_WORDS.get(name, Verbatim(name)) for name in names))


def price_words(service: str, place: str, price: float) -> Message:
    """What one more unit of a service is worth, as a sentence.

    Parameters
    ----------
    service : str
        Name of the service.
    place : str
        Name of the locality.
    price : float
        Its price.

    Returns
    -------
    Message

    Examples
    --------
    >>> from keruen.report.locale import Locale
    >>> price_words("school_1_4", "Burabay", 0.4).render(Locale("en"))
    'One more school place (years 1-4) in Burabay is worth 0.40 expected members in work.'
    """
    facts: dict[str, Value | str] = {"place": place, "price": Count(price, 2)}
    made = {
        "housing": msg("One more home in {place} is worth {price} expected members in work."),
        "persons": msg(
            "Room for one more person in {place} is worth {price} expected members in work."
        ),
        "kindergarten": msg(
            "One more kindergarten place in {place} is worth {price} expected members in work."
        ),
        "school_1_4": msg(
            "One more school place (years 1-4) in {place} is worth {price} expected members in "
            "work."
        ),
        "school_5_9": msg(
            "One more school place (years 5-9) in {place} is worth {price} expected members in "
            "work."
        ),
        "school_10_11": msg(
            "One more school place (years 10-11) in {place} is worth {price} expected members in "
            "work."
        ),
        "jobs": msg("One more job in {place} is worth {price} expected members in work."),
    }
    if service not in made:
        return msg(
            "One more unit of {service} in {place} is worth {price} expected members in work.",
            service=Verbatim(service),
            **facts,
        )
    return Message(made[service].text, facts)
