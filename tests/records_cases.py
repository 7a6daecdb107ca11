# SPDX-License-Identifier: Apache-2.0
"""Border crossings for tests, and the residence rule written twice more, slowly.

``literal_answers`` goes through the days one by one, as the rule is told in words.
``window_answers`` is the same rule as SQL windows. Neither shares a line with the package.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

DAY_0 = dt.date(2015, 1, 1)


def day(number: int) -> dt.date:
    return DAY_0 + dt.timedelta(days=int(number))


def table(persons: dict[object, list[tuple[int, int]]]) -> pd.DataFrame:
    """Crossings (direction, day) of some persons, as dates."""
    rows = [(p, side, day(t)) for p, history in persons.items() for side, t in history]
    frame = pd.DataFrame(rows, columns=["person_id", "direction", "event_time"])
    return frame.assign(
        crossing_id=np.arange(1, len(frame) + 1), direction=frame["direction"].astype("int8")
    )


def journeys(
    persons: int, *, seed: int, days: int = 1500, missing: float = 0.0, long: float = 0.15
) -> pd.DataFrame:
    """Random crossings with clock times: short and long stays, commuters, missed scans."""
    rng = np.random.default_rng(seed)
    trips = 2 * rng.choice([1, 2, 4, 8, 40], persons, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    person = np.repeat(np.arange(persons), trips)
    start = np.r_[0, np.cumsum(trips)[:-1]]
    place = np.arange(len(person)) - start[person]
    length = np.where(
        rng.random(len(person)) < long,
        rng.integers(200, 600, len(person)),
        rng.exponential(2 + 600 / trips[person]),
    )
    hours = np.maximum(rng.integers(1, 48, len(person)), 24 * length).astype(int)
    moment = np.cumsum(hours)
    moment -= (moment - hours)[start][person] - rng.integers(0, 24 * 400, persons)[person]
    frame = pd.DataFrame(
        {
            "crossing_id": np.arange(len(person)),
            "person_id": person,
            "event_time": pd.Timestamp(DAY_0) + pd.to_timedelta(moment, unit="h"),
            "direction": ((place + rng.integers(0, 2, persons)[person]) % 2).astype("int8"),
            "checkpoint": rng.choice(["Dostyk", "Korday", "Almaty"], len(person)),
            "sex": np.where(person % 2 == 0, "F", "M"),
        }
    )
    kept = (moment < 24 * days) & (rng.random(len(person)) >= missing)
    return frame[kept].sample(frac=1, random_state=seed).reset_index(drop=True)


def store(frame: pd.DataFrame, path: Path) -> Path:
    """As Parquet, with the types of the contract."""
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    if "event_time" in frame and not isinstance(frame["event_time"].iloc[0], dt.date | str):
        place = arrow.schema.get_field_index("event_time")
        arrow = arrow.set_column(place, "event_time", arrow["event_time"].cast(pa.timestamp("us")))
    pq.write_table(arrow, path)
    return path


def literal_answers(
    history: list[tuple[int, int]], *, V: int, W: int, until: int, initial: int | None
) -> list[dict[str, int | None]]:
    """Answers of one person whose crossings are complete, counting day by day."""

    def inside(d: int) -> int:
        """1 inside on day d: as the last crossing up to that day left them."""
        before = [side for side, t in history if t <= d]
        return before[-1] if before else 1 - history[0][0]

    def new_side(k: int, end: int) -> int:
        """Days on the side crossing k leads to, from it up to a day or the next crossings."""
        side, t = history[k]
        return sum(inside(d) == side for d in range(t, end))

    answers = []
    status: int | None = initial
    opened = None
    for k, (side, t) in enumerate(history):
        observed = max(0, min(W, until - t))
        S = new_side(k, t + observed)
        e = 1 if S >= V else 0 if observed - S > W - V else None
        before, after, answer = status, status, 0
        if status is None:
            after = side if e == 1 else None
            answer = 0 if e == 0 else None
            if answer is None and opened is not None and history[opened][0] != side:
                u_side, u_day = history[opened]
                spent = sum(inside(d) == u_side for d in range(u_day, t))
                answer = 0 if spent < 2 * V - W else None
        elif side != status:
            after, answer = {1: (side, 1), 0: (status, 0), None: (None, None)}[e]
            opened = k if e is None else opened
        answers.append(
            {
                "before": before,
                "after": after,
                "long_term": answer,
                "evidence": e,
                "S": S,
                "O": observed,
            }
        )
        status = after
    return answers


WINDOWS = """
WITH c AS (
  SELECT *, epoch_us(event_time::TIMESTAMP) // 86400000000 AS d,
    row_number() OVER p AS seq, lead(direction) OVER p AS ndir,
    lead(epoch_us(event_time::TIMESTAMP) // 86400000000) OVER p AS nxt
  FROM crossings WINDOW p AS (PARTITION BY person_id ORDER BY event_time, crossing_id)
), g AS (
  SELECT *, CASE WHEN ndir = direction THEN (nxt - d) // 2 END AS half,
    CASE WHEN nxt IS NULL THEN 0
      WHEN direction = 1 AND ndir = 0 THEN nxt - d WHEN direction = 1 THEN (nxt - d) // 2
      WHEN ndir = 1 THEN 0 ELSE nxt - d - (nxt - d) // 2 END AS spell
  FROM c
), s AS (
  SELECT *, coalesce(sum(spell) OVER (PARTITION BY person_id ORDER BY seq
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS cin FROM g
), w AS (
  SELECT *, arg_max({'d': d, 'direction': direction, 'ndir': ndir, 'half': half, 'cin': cin}, seq)
    OVER (PARTITION BY person_id ORDER BY d RANGE BETWEEN CURRENT ROW AND $W - 1 FOLLOWING) AS l,
    least($W, greatest($T - d, 0)) AS O FROM s
), h AS (
  SELECT *, l.cin + CASE
      WHEN l.direction = 1 AND l.ndir = 1 THEN least(d + O - l.d, l.half)
      WHEN l.direction = 1 THEN d + O - l.d
      WHEN l.ndir = 0 THEN greatest(0, d + O - l.d - l.half) ELSE 0 END - cin AS H FROM w
), e AS (
  SELECT *, CASE direction WHEN 1 THEN H ELSE O - H END AS S FROM h
), f AS (
  SELECT *, CASE WHEN S >= $V THEN 1 WHEN O - S > $W - $V THEN 0 END AS ev,
    first_value(1 - direction) OVER (PARTITION BY person_id ORDER BY seq) AS initial FROM e
), a AS (
  SELECT *, coalesce(last_value(CASE WHEN ev = 1 THEN direction END IGNORE NULLS) OVER (
      PARTITION BY person_id ORDER BY seq), initial) AS settled,
    coalesce(last_value(CASE WHEN ev = 1 THEN direction END IGNORE NULLS) OVER (
      PARTITION BY person_id ORDER BY seq
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), initial) AS settled_before FROM f
), o AS (
  SELECT *, min(CASE WHEN ev IS NULL AND direction <> settled THEN seq END)
    OVER (PARTITION BY person_id) AS opened FROM a
)
SELECT crossing_id,
  CASE WHEN seq > coalesce(opened, seq) THEN NULL ELSE settled_before END AS before,
  CASE WHEN seq >= opened THEN NULL ELSE settled END AS after,
  ev AS evidence, S AS new_side_days, O AS observed_days,
  CASE WHEN opened IS NULL OR seq < opened THEN (settled <> settled_before)::INT
    WHEN seq > opened AND ev = 0 THEN 0 END AS long_term
FROM o ORDER BY crossing_id
"""


def window_answers(source: str, *, V: int, W: int, until: dt.date) -> duckdb.DuckDBPyRelation:
    """The rule as SQL windows: crossings of different moments, first status the opposite.

    The one answer known inside the unknown, a crossing too soon after the open one, is left
    out: it needs a window over a window.
    """
    end = (until - dt.date(1970, 1, 1)).days
    query = WINDOWS.replace("$W", str(W)).replace("$V", str(V)).replace("$T", str(end))
    return duckdb.connect().sql(query.replace("FROM crossings", f"FROM {source}"))
