# SPDX-License-Identifier: Apache-2.0
"""The residence rule against published cases, and against itself told in two other ways."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import SchemaError
from keruen.measure._compile import edition
from keruen.measure._evidence import add_months
from keruen.measure.residence import RULES, classify_crossings
from keruen.sources.records import open_records, table_records
from records_cases import DAY_0, day, journeys, literal_answers, store, table, window_answers

V, W = RULES["12/16"]
HERE = Path(__file__).parents[1] / "reference"


def classified(frame: pd.DataFrame, *, until: int = 3000, rule: str = "12/16", **options):
    """Answers of a small table, by crossing."""
    with table_records(**{name: frame[name].tolist() for name in frame}) as records:
        sides = {}
        for name in ("deaths", "births", "status_known"):
            if name in options:
                side = options.pop(name)
                sides[name] = table_records(
                    beside=records, **{column: side[column].tolist() for column in side}
                )
        threshold, window = RULES[rule]
        answers = classify_crossings(
            records,
            threshold_days=options.pop("threshold", threshold),
            window_days=options.pop("window", window),
            observed_until=day(until),
            **sides,
            **options,
        )
        return whole(answers)


def whole(records) -> pd.DataFrame:
    """All rows of small records, by person and moment."""
    parts = [batch.to_pandas() for batch in records.batches(order=["event_time"])]
    return pd.concat(parts, ignore_index=True)


def known(status: int, persons: list[object]) -> pd.DataFrame:
    """Statements on the first day."""
    return pd.DataFrame({"person_id": persons, "event_time": day(0), "resident": status})


def listed(column: pd.Series) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in column]


# Test cases of the tool of Stats NZ (migrbc, MIT) for the 12/16-month rule: crossings of a
# non-resident, answers, and the day on which the first becomes final where it is printed.
# A0 D10 ... is arrival on day 0, departure on day 10. Swapped, they hold for a resident.
SCENARIOS = [
    ("D0", [0], None),
    ("A0", [1], 365),
    ("A0 D10", [0, 0], None),
    ("A0 D10 A70 D90", [0, 0, 0, 0], None),
    ("A0 D250", [0, 0], None),
    ("A0 D0", [0, 0], None),
    ("A0 D10 A70", [1, 0, 0], 425),
    ("A0 D370", [1, 1], None),
    ("A0 D350 A370 D390 A391", [1, 0, 0, 0, 0], 385),
    ("A0 D10 A370 D380", [0, 0, 0, 0], None),
    ("A0 D370 A380 D670 A680", [1, 0, 0, 0, 0], None),
]


def history(text: str, *, swap: bool = False) -> list[tuple[int, int]]:
    return [(int((part[0] == "A") != swap), int(part[1:])) for part in text.split()]


@pytest.mark.parametrize("swap", [False, True], ids=["non-resident", "resident"])
@pytest.mark.parametrize(("text", "expected", "final"), SCENARIOS, ids=[s[0] for s in SCENARIOS])
def test_published_scenarios(text, expected, final, swap):
    crossings = table({1: history(text, swap=swap)})
    answers = classified(crossings, status_known=known(int(swap), [1]))
    assert answers["long_term"].tolist() == expected
    assert answers["initial"].tolist()[0] == "stated"
    if final is not None:
        assert answers["final_at"][0] == day(final)


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("A0 D365", "12/16", [1, 1]),
        ("A0 D364", "12/16", [0, 0]),
        ("A0 D100 A222", "12/16", [1, 0, 0]),  # exactly W - V days away do not fail
        ("A0 D100 A223", "12/16", [0, 0, 1]),
        ("A0 D350 A370", "12/12", [0, 0, 1]),
    ],
)
def test_boundary_days(text, rule, expected):
    answers = classified(table({1: history(text)}), rule=rule, initial="opposite")
    assert answers["long_term"].tolist() == expected


# Persons 1, 2 and 6 of the worked example of migstat (Stats NZ, MIT), rule 270/365, observed
# from 2009-01-01 to 2011-12-30: direction, before, after, days in the country, observed, answer.
PUBLISHED = {
    "Cai": [
        (1, 1, 1, 355, 365, 0),
        (0, 1, 1, 121, 365, 0),
        (1, 1, 1, 131, 365, 0),
        (0, 1, 1, 131, 365, 0),
        (1, 1, 1, 329, 343, 0),
        (0, 1, 1, 172, 186, 0),
        (1, 1, 1, 172, 172, 0),
    ],
    "Amy": [
        (1, 0, 0, 12, 365, 0),
        (0, 0, 0, 7, 365, 0),
        (1, 0, 0, 7, 365, 0),
        (0, 0, 0, 0, 365, 0),
        (1, 0, None, 8, 34, None),
        (0, None, None, 0, 26, 0),
    ],
    "Fatima": [(1, 0, None, 90, 90, None)],
}


def example() -> pd.DataFrame:
    raw = pd.read_csv(HERE / "border_crossings_example.csv", parse_dates=["datetime_crossing"])
    return pd.DataFrame(
        {
            "crossing_id": raw["crossing_id"],
            "person_id": raw["name"].replace("Esha", "Eisha"),
            "event_time": raw["datetime_crossing"],
            "direction": (raw["direction"] == "Arrival").astype("int8"),
            "default": raw["res_status_default"],
        }
    )


def test_published_example_with_unknown_outcomes():
    frame = example()
    first = frame.groupby("person_id").first().reset_index()
    stated = first[["person_id", "event_time"]].assign(resident=first["default"], weak=1)
    answers = classified(
        frame.drop(columns="default"),
        rule="9/12",
        until=(dt.date(2011, 12, 31) - DAY_0).days,
        observed_from=dt.date(2009, 1, 1),
        status_known=stated,
    )
    for person, rows in PUBLISHED.items():
        mine = answers[answers["person_id"] == person]
        inside = np.where(
            mine["direction"] == 1,
            mine["new_side_days"],
            mine["observed_days"] - mine["new_side_days"],
        )
        columns = [mine[c] for c in ("direction", "before", "after", "observed_days", "long_term")]
        direction, before, after, observed, long_term = map(listed, columns)
        found = zip(direction, before, after, inside.tolist(), observed, long_term, strict=True)
        assert list(found) == rows
    initial = answers.groupby("person_id")["initial"].first()
    # A first crossing 270 days after the beginning or later tells by itself.
    expected = {"Amy": "weak", "Cai": "weak", "Eisha": "deduced", "Fatima": "deduced"}
    assert initial.loc[list(expected)].to_dict() == expected


def complete(persons: int, seed: int) -> dict[object, list[tuple[int, int]]]:
    """Alternating histories of a few crossings, some on the same day."""
    rng = np.random.default_rng(seed)
    made: dict[object, list[tuple[int, int]]] = {}
    for person in range(persons):
        steps = rng.choice([0, 1, 5, 30, 60, 122, 123, 200, 364, 365, 480], rng.integers(1, 9))
        days = 10 + np.cumsum(steps)
        side = rng.integers(0, 2)
        made[person] = [(int((side + k) % 2), int(d)) for k, d in enumerate(days)]
    return made


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("initial", ["opposite", "unknown"])
@pytest.mark.parametrize("until", [200, 500, 800, 3000])
def test_equals_the_rule_counted_day_by_day(rule, initial, until):
    threshold, window = RULES[rule]
    people = {p: [c for c in h if c[1] < until] for p, h in complete(150, seed=until).items()}
    people = {p: h for p, h in people.items() if h}
    # With clock times the order within a day is given, and no row repeats another.
    frame = table(people)
    minutes = pd.to_timedelta(np.arange(len(frame)) % 600, unit="min")
    frame["event_time"] = pd.to_datetime(frame["event_time"]) + minutes
    frame = frame.sort_values(["person_id", "crossing_id"])
    answers = classified(frame, rule=rule, until=until, initial=initial, echo_minutes=0, gap="none")
    answers = answers.sort_values("crossing_id")
    expected: list[dict[str, int | None]] = []
    for crossings in people.values():
        first = 1 - crossings[0][0] if initial == "opposite" else None
        expected += literal_answers(crossings, V=threshold, W=window, until=until, initial=first)
    for name in ("before", "after", "long_term", "evidence"):
        assert listed(answers[name]) == [row[name] for row in expected], name
    assert answers["new_side_days"].tolist() == [row["S"] for row in expected]
    assert answers["observed_days"].tolist() == [row["O"] for row in expected]


def test_final_at_is_the_first_end_of_observation_with_an_answer():
    frame = table(complete(60, seed=5))
    frame["event_time"] = pd.to_datetime(frame["event_time"]) + pd.to_timedelta(
        np.arange(len(frame)) % 600, unit="min"
    )
    end = classified(frame, until=3000, initial="opposite", gap="none").set_index("crossing_id")
    final = end["final_at"].map(lambda d: (d - DAY_0).days)
    assert (final <= 3000).all()
    cuts = sorted(set(final) | set(final - 1))
    for cut in cuts[:: max(1, len(cuts) // 60)]:
        seen = frame[frame["event_time"] < pd.Timestamp(day(cut))]
        if len(seen):
            then = classified(seen, until=cut, initial="opposite", gap="none")
            then = then.set_index("crossing_id")
            has_answer = then["long_term"].notna()
            assert (has_answer == (final[then.index] <= cut)).all(), cut
            same = then.loc[has_answer, "long_term"] == end.loc[then.index[has_answer], "long_term"]
            assert same.all()
            decided = then["evidence"].notna()
            day_of = end.loc[then.index, "decided_at"].map(lambda d: (d - DAY_0).days)
            assert (decided == (day_of <= cut)).all()


@pytest.mark.parametrize("until", [700, 1500])
def test_equals_the_rule_as_sql_windows(until, tmp_path):
    frame = journeys(3000, seed=1, missing=0.05)
    frame = frame[frame["event_time"] < pd.Timestamp(day(until))]
    frame = frame.drop_duplicates(["person_id", "event_time"])
    path = store(frame, tmp_path / "crossings.parquet")
    with open_records([path]) as records:
        mine = whole(
            classify_crossings(
                records,
                threshold_days=V,
                window_days=W,
                observed_until=day(until),
                initial="opposite",
                echo_minutes=0,
            )
        ).sort_values("crossing_id")
    sql = window_answers(f"'{path}'", V=V, W=W, until=day(until)).df()
    assert mine["gap_after"].sum() > 100
    for name in ("before", "after", "evidence", "new_side_days", "observed_days"):
        assert listed(mine[name]) == listed(sql[name]), name
    theirs = np.array(listed(sql["long_term"]), dtype=object)
    ours = np.array(listed(mine["long_term"]), dtype=object)
    known_there = np.array([answer is not None for answer in theirs])
    assert (ours[known_there] == theirs[known_there]).all()
    # What only the sweep knows: no migration, too soon after the open crossing.
    more = ours[~known_there]
    assert set(more) <= {None, 0}


def test_moving_the_end_of_observation_only_adds_answers():
    frame = journeys(400, seed=3, missing=0.02)
    frame = frame[frame["event_time"] < pd.Timestamp(day(900))]
    earlier = None
    for until in (900, 1000, 1150, 1400):
        now = classified(frame, until=until).set_index("crossing_id")["long_term"]
        if earlier is not None:
            answered = earlier.notna()
            assert (now[answered] == earlier[answered]).all()
            assert now.notna().sum() > answered.sum()
        earlier = now


def test_row_order_and_other_persons_change_nothing():
    frame = journeys(300, seed=4, missing=0.03)
    # Crossings at one moment, doubled scans, and several at one checkpoint.
    extra = frame.sample(200, random_state=1).assign(crossing_id=lambda f: f["crossing_id"] + 10**6)
    frame = pd.concat(
        [
            frame,
            extra,
            extra.assign(
                direction=1 - extra["direction"], crossing_id=extra["crossing_id"] + 10**6
            ),
        ]
    )
    base = classified(frame).sort_values("crossing_id").reset_index(drop=True)
    again = classified(frame.sample(frac=1, random_state=9)).sort_values("crossing_id")
    pd.testing.assert_frame_equal(base, again.reset_index(drop=True))
    some = frame[frame["person_id"] < 40]
    alone = classified(some).sort_values("crossing_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(base[base["person_id"] < 40].reset_index(drop=True), alone)


def test_mirror_image():
    frame = journeys(400, seed=6).drop_duplicates(["person_id", "event_time"])
    mirrored = frame.assign(direction=1 - frame["direction"])
    here, there = (
        classified(rows, gap="none", initial="opposite").sort_values("crossing_id")
        for rows in (frame, mirrored)
    )
    for name in ("long_term", "evidence", "new_side_days", "final_at"):
        assert listed_any(here[name]) == listed_any(there[name])
    assert listed(here["after"]) == [None if s is None else 1 - s for s in listed(there["after"])]


def listed_any(column: pd.Series) -> list[object]:
    return [None if pd.isna(value) else value for value in column]


def test_same_day_crossings_alternate():
    # By date alone, out of order: back and forth on day 5, after arriving on day 0.
    rows = [(1, 1, 0), (2, 1, 5), (3, 0, 5), (4, 0, 400)]
    frame = pd.DataFrame(rows, columns=["crossing_id", "direction", "t"]).assign(person_id=1)
    frame["event_time"] = frame.pop("t").map(day)
    answers = classified(frame, initial="opposite")
    assert answers["crossing_id"].tolist() == [1, 3, 2, 4]
    assert answers["excluded"].isna().all()
    assert answers["long_term"].tolist() == [1, 0, 0, 1]


def test_first_moment_follows_what_is_stated():
    rows = table({1: [(1, 5), (0, 5)], 2: [(1, 5), (0, 5)]})
    stated = pd.DataFrame({"person_id": [1, 2], "event_time": day(0), "resident": [1, 0]})
    answers = classified(rows, status_known=stated)
    assert answers.groupby("person_id")["direction"].first().tolist() == [0, 1]


def clocked(rows: list[tuple[int, int, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["crossing_id", "direction", "event_time", "checkpoint"])
    return frame.assign(person_id=1, event_time=pd.to_datetime(frame["event_time"]))


def test_duplicates_and_echoes():
    frame = clocked(
        [
            (1, 1, "2016-01-01 10:00", "Korday"),
            (2, 1, "2016-01-01 10:00", "Korday"),  # the same scan twice
            (3, 1, "2016-01-01 10:00", "Dostyk"),  # at another place: an echo
            (4, 1, "2016-01-01 14:00", "Korday"),  # 240 minutes later: an echo
            (5, 0, "2016-01-02 10:00", "Korday"),
            (6, 1, "2016-01-02 11:00", "Korday"),  # back: no echo, though within four hours
            (7, 0, "2016-01-02 12:00", "Korday"),
        ]
    )
    answers = classified(frame).sort_values("crossing_id")
    excluded = [None, "duplicate", "echo", "echo", None, None, None]
    assert listed_any(answers["excluded"]) == excluded
    assert not answers["gap_after"].any()
    later = classified(frame, echo_minutes=239).sort_values("crossing_id")
    assert listed_any(later["excluded"])[3] is None
    assert later["gap_after"].sum() == 1


@pytest.mark.parametrize(
    ("gap", "answers", "excluded"),
    [
        # Supposed to have left half way, after 200 days: neither stay makes 365 days.
        ("midpoint", [0, 0, 0], [None, None, None]),
        ("drop_earlier", [None, 0, 0], ["repeated", None, None]),
        ("drop_later", [1, None, 1], [None, "repeated", None]),
        ("reject_person", [None] * 3, ["person_rejected"] * 3),
        ("none", [1, 0, 1], [None, None, None]),
    ],
)
def test_repairs_of_a_missing_crossing(gap, answers, excluded):
    found = classified(table({1: history("A0 A400 D600")}), gap=gap, initial="opposite")
    assert listed(found["long_term"]) == answers
    assert listed_any(found["excluded"]) == excluded


def test_supposed_crossings_balance_residents():
    # Away for some two years, then back: only the return was recorded.
    frame = table({1: history("A0 A1600")}).assign(sex="F")
    silent = classified(frame, initial="opposite")
    assert silent["long_term"].tolist() == [1, 0]
    full = classified(frame, initial="opposite", emit_imputed=True)
    assert full["imputed"].tolist() == [False, True, False]
    assert full["direction"].tolist() == [1, 0, 1]
    assert full["long_term"].tolist() == [1, 1, 1]
    assert full["event_time"].tolist() == [day(0), day(800), day(1600)]
    assert full["sex"].tolist() == ["F"] * 3
    assert listed(full["crossing_id"]) == [1, None, 2]


def test_death_ends_observation():
    people = {1: history("A100"), 2: history("A100 D150 A200"), 3: history("A100 D203 A204")}
    deaths = pd.DataFrame({"person_id": [1, 2, 3], "event_time": day(200)})
    found = classified(table(people), deaths=deaths, initial="opposite")
    assert listed(found["long_term"]) == [0, 0, 0, 0, 0, 0, None]
    assert listed_any(found["excluded"]) == [None] * 6 + ["after_death"]
    assert found["final_at"][0] == day(201)
    later = classified(table(people), deaths=deaths, initial="opposite", on_death="project")
    assert listed(later["long_term"])[0] is None
    before = classified(table({1: history("A100")}), deaths=deaths, initial="opposite", until=200)
    assert listed(before["long_term"]) == [None]  # nobody knows of the death yet


def test_birth_tells_the_first_status():
    births = pd.DataFrame({"person_id": [1], "event_time": day(50)})
    found = classified(table({1: history("D100")}), births=births)
    assert found["initial"].tolist() == ["born"]
    assert found["long_term"].tolist() == [1]


def test_statements_inside_a_history():
    stated = pd.DataFrame({"person_id": [1], "event_time": day(600), "resident": [0]})
    frame = table({1: history("A0 D1500")})
    found = classified(frame, status_known=stated, initial="opposite")
    assert found["contradicted"].tolist() == [True, False]
    assert found["before"].tolist() == [0, 0]
    assert found["long_term"].tolist() == [1, 0]
    trusted = classified(frame, status_known=stated, initial="opposite", trust="records")
    assert trusted["long_term"].tolist() == [1, 1]
    assert not trusted["contradicted"].any()


def test_unknown_first_status_is_settled_by_a_long_stay():
    found = classified(table({1: history("A0 D400 A430 D1000")}))
    assert listed(found["before"]) == [None, 1, 1, 1]
    assert listed(found["long_term"]) == [None, 0, 0, 1]
    assert found["initial"][0] == "unknown"


def test_lookback():
    # Away 70 of the last 487 days only: long-term by the rule, not with the additional one.
    frame = table({1: history("A0 D330 A470")})
    assert classified(frame, initial="opposite")["long_term"].tolist() == [0, 0, 1]
    with_it = classified(frame, initial="opposite", lookback=True)
    assert with_it["long_term"].tolist() == [0, 0, 0]
    assert with_it["after"].tolist() == [0, 0, 1]


def test_calendar_months():
    # 1 March 2015 to 29 February 2016 are 365 nights, one short of twelve months.
    start = (dt.date(2015, 3, 1) - DAY_0).days
    frame = table({1: [(1, start), (0, start + 365)], 2: [(1, start), (0, start + 366)]})
    days = classified(frame, initial="opposite", rule="12/12")
    assert days.groupby("person_id")["long_term"].first().tolist() == [1, 1]
    months = classified(frame, initial="opposite", rule="12/12", unit="calendar")
    assert months.groupby("person_id")["long_term"].first().tolist() == [0, 1]


def test_kept_machine_code_is_renewed_with_every_file_it_comes_from(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("a = 1")
    other.write_text("b = 1")
    first = edition(str(one), str(other))
    assert edition(str(one), str(other)) == first
    other.write_text("b = 2")
    assert edition(str(one), str(other)) != first


def test_months_are_those_of_the_calendar():
    days = np.arange(-20_000, 40_000, 37)
    for months in (1, 9, 12, 16):
        expected = [
            (pd.Timestamp(0) + pd.Timedelta(int(d), "D") + pd.DateOffset(months=months))
            for d in days
        ]
        found = [add_months(int(d), months) for d in days]
        assert found == [int(moment.timestamp() // 86400) for moment in expected]


def test_rows_outside_the_window_take_no_part():
    found = classified(table({1: history("A0 D10 A70 D90")}), until=80, observed_from=day(5))
    assert listed_any(found["excluded"]) == ["outside_window", None, None, "outside_window"]
    assert listed(found["long_term"])[0] is None


@pytest.mark.parametrize(("threshold", "window"), [(180, 365), (366, 365), (0, 0)])
def test_impossible_rules(threshold, window):
    with pytest.raises(SchemaError, match="is no rule") as fault:
        classified(table({1: [(1, 0)]}), threshold=threshold, window=window)
    assert fault.value.id == "RuleNotPossible"


def test_missing_columns_are_named_together():
    with (
        table_records(person_id=[1], direction=[1]) as records,
        pytest.raises(SchemaError, match="no column 'event_time'"),
    ):
        classify_crossings(
            records, threshold_days=365, window_days=487, observed_until=dt.date(2020, 1, 1)
        )


def test_unknown_direction_is_refused():
    with pytest.raises(SchemaError) as fault:
        classified(table({1: [(9, 0)]}))
    assert fault.value.id == "UnknownDirection"


def test_every_combination_of_short_histories():
    """All histories of up to four crossings on a coarse grid of days."""
    grid = [0, 1, 122, 123, 243, 365, 488]
    people = {}
    for size in (1, 2, 3, 4):
        for days in itertools.combinations(grid, size):
            for side in (0, 1):
                people[len(people)] = [((side + k) % 2, d) for k, d in enumerate(days)]
    for until in (130, 366, 600, 1000):
        seen = {p: [c for c in h if c[1] < until] for p, h in people.items()}
        found = classified(table(seen), until=until, initial="opposite")
        expected = [
            row["long_term"]
            for h in seen.values()
            if h
            for row in literal_answers(h, V=V, W=W, until=until, initial=1 - h[0][0])
        ]
        assert listed(found.sort_values("crossing_id")["long_term"]) == expected
