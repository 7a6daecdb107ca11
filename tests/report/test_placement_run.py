# SPDX-License-Identifier: Apache-2.0
"""Runs of placement: reasons and results agree, fairness by hand, folders whole or not at all."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from keruen.report.locale import Locale
from keruen.report.placement_archive import recheck
from keruen.report.placement_fairness import fair_groups, fair_regions, load_gini
from keruen.report.placement_letters import letters_page, make_letters
from keruen.report.placement_release import write_placement
from keruen.report.placement_results import explained, outcomes, placement_tables
from keruen.report.placement_run import PlacementOptions, run_placement

FAMILIES = ["F1,kandas,2,4,2", "F2,kandas,2,3,1", "F3,resettler,1,12,2", "F4,resettler,2,4,2"]
LOCALITIES = ["A,Abay,KZ-10,8,3", "B,Burabay,KZ-11,9,2"]
SCORES = ["F1,A,1.6", "F1,B,0.6", "F2,A,1.5", "F2,B,1.2", "F3,A,0.5", "F4,A,1.4", "F4,B,0.5"]


def tables(folder, *, families=FAMILIES, localities=LOCALITIES, scores=SCORES, **more):
    given = {
        "families": ["family,group,workers,persons,school_1_4", *families],
        "localities": ["locality,name,region,persons,school_1_4", *localities],
        "scores": ["family,locality,score", *scores],
        **more,
    }
    folder.mkdir(exist_ok=True)
    for name, rows in given.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def rows_of(run):
    return explained(run, Locale("en")).set_index("family")


def test_one_change_and_explanation_letter_and_result_agree(tmp_path):
    """Contestability: F4 is told what would change its place; that very change does it."""
    run = run_placement(tables(tmp_path / "one"))
    before = rows_of(run).loc["F4"]
    assert (before["locality"], before["outcome"], before["other"]) == ("B", "elsewhere", "A")
    assert before["binding"] == "persons, school_1_4"
    letter = next(one for one in make_letters(run, "all") if one.family == "F4")
    assert (letter.locality, letter.then) == ("A", "A")
    page = letters_page(run, (letter,), Locale("en"))
    said = "this added in Abay: room for 3 persons and 2 school places (years 1-4)."
    assert said in page
    assert "The family would then be proposed Abay." in page

    room = [8 + letter.added["persons"], 3 + letter.added["school_1_4"]]
    more = [f"A,Abay,KZ-10,{room[0]},{room[1]}", LOCALITIES[1]]
    after = rows_of(run_placement(tables(tmp_path / "two", localities=more))).loc["F4"]
    assert (after["locality"], after["outcome"], after["rank"]) == ("A", "best", 1)
    assert "this is where most members are expected in work: 1.40" in after["text"]


def test_one_wish_and_explanation_and_result_agree(tmp_path):
    wished = tables(tmp_path / "one", preferences=["family,locality,rank", "F1,B,1", "F4,A,1"])
    run = run_placement(wished)
    rows = rows_of(run)
    assert rows["locality"].to_dict() == {"F1": "B", "F2": "A", "F3": "", "F4": "A"}
    assert rows.loc["F1", ["outcome", "wish", "proposed"]].tolist() == ["wish", 1, "A"]
    assert "It is wish 1 of the family" in rows.loc["F1", "text"]
    (letter,) = [one for one in make_letters(run, "all") if one.family == "F1"]
    assert letter.added is None
    assert "By scores alone Abay was proposed" in letters_page(run, (letter,), Locale("en"))
    without = rows_of(run_placement(tables(tmp_path / "two")))
    assert without.loc["F1", ["locality", "outcome"]].tolist() == ["A", "best"]


def test_every_outcome_has_its_letter_in_three_languages(tmp_path):
    families = [*FAMILIES, "F5,kandas,1,2,0", "F6,kandas,2,4,2"]
    scores = [*SCORES, "F6,A,1.0"]
    wishes = ["family,locality,rank", "F2,B,1"]
    run = run_placement(tables(tmp_path, families=families, scores=scores, preferences=wishes))
    found = dict(zip(run.tables.families["family"].values, outcomes(run), strict=True))
    assert found["F3"] == "too_large"
    assert found["F5"] == "nowhere"
    assert found["F6"] == "full"
    letters = make_letters(run, len(set(found.values())))
    assert sorted(found[one.family] for one in letters) == sorted(set(found.values()))
    for lang in ("en", "ru", "kk"):
        page = letters_page(run, letters, Locale(lang))
        assert page.count("<article") == len(letters)
        assert f'lang="{lang}"' in page
    assert page.count("☐") == 2 * len(letters)
    with pytest.raises(ValueError, match="0 letters"):
        make_letters(run, 0)


def test_linked_families_without_a_place_in_common_are_not_told_that_others_gain_more(tmp_path):
    """F1 may only go to A and F2 only to B, and they go together: no room changes that."""
    links = ["family,other_family,same_locality", "F1,F2,1"]
    run = run_placement(tables(tmp_path / "in", scores=["F1,A,1.6", "F2,B,1.2"], links=links))
    rows = rows_of(run)
    assert rows["outcome"].to_dict() == {
        "F1": "apart", "F2": "apart", "F3": "nowhere", "F4": "nowhere",
    }  # fmt: skip
    letter = next(one for one in make_letters(run, "all") if one.family == "F1")
    assert letter.added is None
    page = letters_page(run, (letter,), Locale("en"))
    assert "together with all families that it must be with" in page
    assert "gain more" not in page


def test_a_family_that_a_budget_keeps_out_is_not_told_that_room_is_lacking(tmp_path):
    given = tables(tmp_path / "in", regions=["region,budget", "KZ-10,4"])
    (given / "scores.csv").write_text("family,locality,score,cost\nF1,A,1.6,5\n", "utf-8")
    run = run_placement(given)
    told = rows_of(run).loc["F1"]
    assert (told["locality"], told["outcome"], told["binding"]) == ("", "full", "")
    assert told["text"].startswith(
        "There is room in Abay, but other limits leave no place: budgets"
    )


def test_a_family_that_would_gain_nothing_is_told_what_is_short(tmp_path):
    scores = ["F1,A,1.6", "F2,A,1.5", "F4,A,0"]  # 4 + 3 persons of 8, 2 + 1 school places of 3
    told = rows_of(run_placement(tables(tmp_path / "in", scores=scores))).loc["F4"]
    assert (told["outcome"], told["binding"]) == ("full", "persons, school_1_4")
    assert told["text"] == (
        "Too little is left in Abay: room for persons and school places (years 1-4). "
        "Families that gain more have it."
    )


def test_obstacles_are_told_in_words_of_the_reader(tmp_path):
    run = run_placement(tables(tmp_path / "in"))
    for lang, change in (("en", "room for 4 persons"), ("ru", "место для 4 человек")):
        row = placement_tables(run, Locale(lang))["obstacles"].iloc[0]
        assert (row["who"], row["where"], row["name"], row["change"]) == ("F3", "A", "Abay", change)


def test_the_best_of_all_is_said_to_be_so_though_the_bound_is_wide(tmp_path):
    run = run_placement(tables(tmp_path / "in"))
    assert run.proposal.certificate["ended"] == "optimal"
    assert run.proposal.certificate["gap"] > 0.01
    assert any("searched all placements" in one.render(Locale("en")) for one in run.summary)


def test_prices_are_told_in_words(tmp_path):
    told = placement_tables(run_placement(tables(tmp_path)), Locale("en"))["prices"]
    assert told["price"].is_monotonic_decreasing
    assert told["text"].str.contains(" is worth ").all()
    assert (told["price"] > 0).all()


def test_fairness_by_hand(tmp_path):
    # One group of 40 has places for half its families, the other of 40 for all.
    families = [f"a{at},one,1,1,0" for at in range(40)] + [f"b{at},two,1,1,0" for at in range(40)]
    scores = [f"a{at},A,0.4" for at in range(40)] + [f"b{at},B,0.8" for at in range(40)]
    rooms = ["A,Abay,KZ-10,20,0", "B,Burabay,KZ-11,40,0"]
    run = run_placement(tables(tmp_path, families=families, scores=scores, localities=rooms))
    table = fair_groups(run).set_index(["group", "measure"])
    one = table.loc["one", "share_placed"]
    assert (one["value"], one["ratio"], one["flag"]) == (50.0, 0.5, "below")
    # log ratio: sd of twenty 0 and twenty 100 over mean 50 and root of 40; the other has none
    error = np.sqrt((50.637 / 50.0) ** 2 / 40)
    assert one["ratio_high"] == pytest.approx(0.5 * np.exp(1.96 * error), rel=1e-3)
    assert table.loc["two", "share_placed"]["flag"] == "best"
    assert table.loc["one", "mean_score"]["value"] == pytest.approx(0.2)
    assert table.loc["one", "share_of_best"]["value"] == pytest.approx(50.0)
    places = fair_regions(run, Locale("ru")).set_index("region")
    assert places.loc["KZ-10", "persons"] == 20
    residents = places.loc["KZ-10", "residents"]
    assert places.loc["KZ-10", "per_1000"] == pytest.approx(20_000 / residents)
    # two regions: the difference of the shares of persons and of residents
    people = places["residents"] / places["residents"].sum()
    assert load_gini(run) == pytest.approx(abs(20 / 60 - people["KZ-10"]))


def test_small_groups_are_shown_and_not_tested(tmp_path):
    assert set(fair_groups(run_placement(tables(tmp_path)))["flag"]) == {"small"}


def _limited(folder):
    families = ["family,group,must_region,workers,persons,school_1_4"]
    families += [f"F{at},{'kandas' if at % 2 else 'mover'},any,2,3,1" for at in range(8)]
    families[3] = families[3].replace("any", "KZ-11")
    folder = tables(
        folder,
        links=["family,other_family,same_locality", "F0,F1,1", "F4,F5,0"],
        regions=["region,budget,persons_target", "KZ-10,40,12", "KZ-11,60,12"],
        groups=["group,floor", "kandas,0.3"],
    )
    rooms = ["A,Abay,KZ-10,15,9,2", "B,Burabay,KZ-11,15,9,3", "C,Zerendi,KZ-11,9,3,0"]
    pairs = [
        f"F{at},{place},{0.3 + 0.13 * ((at * 7 + step * 3) % 10):.2f},{5 + step}"
        for at in range(8)
        for step, place in enumerate("ABC")
    ]
    heads = {
        "families": families,
        "localities": ["locality,name,region,persons,school_1_4,least_persons", *rooms],
        "scores": ["family,locality,score,cost", *pairs],
    }
    for name, rows in heads.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_all_limits_at_once_are_kept_and_checked_from_the_folder(tmp_path):
    options = PlacementOptions(tolerance=0.3, seconds=20.0)
    run = run_placement(_limited(tmp_path / "given"), options=options)
    assert run.check["holds"].all(), run.check
    assert run.unlimited >= run.proposal.certificate["value"] - 1e-9
    rows = rows_of(run)
    assert rows.loc["F0", "locality"] == rows.loc["F1", "locality"]
    assert rows.loc["F4", "region"] == rows.loc["F5", "region"]
    assert rows.loc["F2", "region"] in ("KZ-11", "")
    write_placement(run, tmp_path / "out", lang="ru")
    found = recheck(tmp_path / "out")
    assert found["holds"].all(), found
    limits = {"budget of KZ-10", "region share, most: KZ-10", "region share, least: KZ-11"}
    assert limits | {"floor of kandas", "least loads"} <= set(found["check"])
    assert "linked families are together" in set(found["check"])


def test_an_interrupted_run_leaves_nothing(tmp_path):
    run = run_placement(tables(tmp_path / "given"))

    def stop(share, what):
        if what == "maps":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_placement(run, tmp_path / "out", step=stop)
    assert not (tmp_path / "out").exists()


def test_the_manifest_names_inputs_seed_and_value(tmp_path):
    run = run_placement(tables(tmp_path / "given"), options=PlacementOptions(seed=5))
    write_placement(run, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert said["options"]["seed"] == 5
    assert said["checked"] is True
    assert said["value"] <= said["bound"]
    assert len(said["inputs"]) == 3
    book = pd.read_excel(tmp_path / "out" / "placement.xlsx", sheet_name=None, engine="openpyxl")
    assert "Places" in book
    assert book["Places"]["Family"].tolist() == ["F1", "F2", "F3", "F4"]
