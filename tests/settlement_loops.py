# SPDX-License-Identifier: Apache-2.0
"""Degree of urbanisation once more, by plain loops over sets of cells: slow, and easy to read."""

from __future__ import annotations

import numpy as np

EDGES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
AROUND = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]


def groups(cells: set, steps) -> list[set]:
    left, found = set(cells), []
    while left:
        queue = [left.pop()]
        group = set(queue)
        while queue:
            y, x = queue.pop()
            for dy, dx in steps:
                near = (y + dy, x + dx)
                if near in left:
                    left.remove(near)
                    group.add(near)
                    queue.append(near)
        found.append(group)
    return found


def fill(centres: list[set], every: set) -> None:
    for hole in groups(every - set().union(*centres), EDGES):
        beside = {(y + dy, x + dx) for y, x in hole for dy, dx in EDGES}
        touching = [centre for centre in centres if centre & beside]
        closed = beside <= every and len(touching) == 1
        if len(hole) < 15 and closed:
            touching[0].update(hole)


def smooth(centres: list[set], every: set) -> None:
    while True:
        new = [
            (cell, centre)
            for cell in every - set().union(*centres)
            for centre in centres
            if sum((cell[0] + dy, cell[1] + dx) in centre for dy, dx in AROUND) >= 5
        ]
        for cell, centre in new:
            centre.add(cell)
        if not new:
            return


def by_loops(people: np.ndarray) -> np.ndarray:
    rows, columns = people.shape
    every = {(y, x) for y in range(rows) for x in range(columns)}

    def above(least):
        return {cell for cell in every if people[cell] >= least}

    def total(group):
        return sum(people[cell] for cell in group)

    centres = [g for g in groups(above(1500), EDGES) if total(g) >= 50_000]
    fill(centres, every)
    smooth(centres, every)
    centre = set().union(*centres)
    urban = set().union(*(g for g in groups(above(300), AROUND) if total(g) >= 5000)) - centre
    dense = set().union(*(g for g in groups(above(1500) - centre, EDGES) if total(g) >= 5000))
    found = np.where(people >= 50, 12, 11)
    for group in groups(above(300) - centre - urban, AROUND):
        if total(group) >= 500:
            found[tuple(zip(*group, strict=True))] = 13
    denser = centre | dense
    for cell in urban:
        found[cell] = 21
    for group in groups(urban - dense, AROUND):
        far = all(
            (y + dy, x + dx) not in denser
            for y, x in group
            for dy in range(-2, 3)
            for dx in range(-2, 3)
        )
        if total(group) >= 5000 and far:
            for cell in group:
                found[cell] = 22
    for cell in dense:
        found[cell] = 23
    for cell in centre:
        found[cell] = 30
    return found
