# SPDX-License-Identifier: Apache-2.0
"""Tables of a placement that cannot be read: told by cell, once each, never a stack of calls."""

from __future__ import annotations

import pytest

from keruen.core.errors import FaultsError
from keruen.sources.placement_checks import region_meant
from keruen.sources.placement_files import PLACEMENT_PARTS, read_placement

HEADS = {
    "members": "family,person,age,works",
    "preferences": "family,locality,rank",
    "scores": "family,locality,score",
    "regions": "region,persons_target",
    "links": "family,other_family,same_locality",
    "groups": "group,floor",
    "jobs": "locality,occupation,step,places,chance_left",
    "past": "person,locality,arrival,age,in_work",
}


def folder(tmp_path, **tables):
    given = {
        "families": "family,group,workers,persons\nF1,kandas,1,2\nF2,kandas,1,3",
        "localities": "locality,region,work_chance,persons\nA,KZ-10,60,5\nB,KZ-11,50,5",
    } | tables
    for name, text in given.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return tmp_path


def faults(tmp_path, **tables):
    with pytest.raises(FaultsError) as found:
        read_placement(folder(tmp_path, **tables))
    return [str(one) for one in found.value.faults]


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("text", ["{heads}", "x,y,z\n1,2,3"], ids=["no rows", "no headings"])
def test_a_table_that_is_empty_or_another_is_told(tmp_path, name, text):
    assert name in PLACEMENT_PARTS
    (told,) = faults(tmp_path, **{name: text.format(heads=HEADS[name])})
    assert f"({name}.csv)" in told


def test_a_cell_that_cannot_be_read_is_told_once(tmp_path):
    (told,) = faults(tmp_path, scores="family,locality,score\nF1,A,high\nF2,A,1")
    assert "'high' is no number (scores.csv, column C, row 2)" in told


def test_a_region_that_is_none_is_told_once(tmp_path):
    (told,) = faults(tmp_path, regions="region,persons_target\nKZ-10,5\nMars,4")
    assert "'Mars' is neither a country nor a region (regions.csv, column A, row 3)" in told


def test_an_empty_figure_is_still_told(tmp_path):
    told = faults(tmp_path, scores="family,locality,score\nF1,A,high\nF2,A,")
    assert [one.split(" (")[0] for one in told] == ["'high' is no number", "the figure is empty"]


@pytest.mark.parametrize("word", ["", "any", "любой", "Любой", "кез келген"])
def test_a_family_may_go_to_any_region(tmp_path, word):
    assert region_meant(word) == ""
    rows = f"family,persons,must_region\nF1,2,KZ-11\nF2,3,{word}\nF3,1,{word}"
    read = read_placement(folder(tmp_path, families=rows)).tables["families"]
    assert [region_meant(each) for each in read["must_region"].astype(str)] == ["KZ-11", "", ""]
