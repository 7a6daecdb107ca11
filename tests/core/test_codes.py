# SPDX-License-Identifier: Apache-2.0
"""Codes of countries, regions and classifications."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.core import codes
from keruen.core._lists import plain
from keruen.core.errors import CodeError


def test_the_list_is_that_of_world_population_prospects_2024():
    assert len(codes.countries()) == 237
    assert all(len(code) == 3 and code.isupper() for code in codes.countries())
    assert len({one.iso2 for one in codes.countries().values()}) == 237
    assert len({one.m49 for one in codes.countries().values()}) == 237


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KAZ", "KAZ"),
        ("kz", "KAZ"),
        (398, "KAZ"),
        ("398", "KAZ"),
        (4, "AFG"),
        ("004", "AFG"),
        ("Казахстан", "KAZ"),
        ("ҚАЗАҚСТАН", "KAZ"),
        ("cote d'ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("turkiye", "TUR"),
        ("Russian Federation", "RUS"),
        ("Russia", "RUS"),
        ("Bolivia", "BOL"),
        ("Киргизия", "KGZ"),
        ("NO", "NOR"),
        ("NA", "NAM"),
        ("kosovo", "XKX"),
        ("соединенные штаты америки", "USA"),
        ("Соединённые Штаты Америки", "USA"),
    ],
)
def test_a_country_is_found_by_code_or_name(text, code):
    assert codes.country_code(text) == code


def test_no_name_belongs_to_two_countries():
    names = [
        (plain(name), one.iso3)
        for one in codes.countries().values()
        for name in {*one.names.values(), one.name_un, one.iso2, one.iso3}
    ]
    owners = {}
    for name, code in set(names):
        owners.setdefault(name, set()).add(code)
    # UN name of the Republic of the Congo
    assert {name for name, held in owners.items() if len(held) > 1} == set()


@given(
    st.sampled_from(sorted(codes.countries())),
    st.sampled_from(["en", "ru", "kk"]),
    st.sampled_from([str.upper, str.lower, str.title, lambda name: f"  {name} "]),
)
def test_every_name_leads_back_to_its_country(code, lang, change):
    assert codes.country_code(change(codes.country_name(code, lang))) == code


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Kazahstan", "KAZ"), ("KZA", "KAZ"), ("Узбекстан", "UZB"), ("Germny", "DEU")],
)
def test_an_unknown_country_is_refused_with_near_names(wrong, right):
    with pytest.raises(CodeError, match=right) as caught:
        codes.country_code(wrong)
    assert len(caught.value.remedy.split(", ")) >= 3


def test_names_of_special_codes_in_three_languages():
    for code in ("CHI", "OTH", "UNK", "XXA", "SCG", "ANT", "TIB", "NFK"):
        assert code not in codes.countries()
        for lang in ("en", "ru", "kk"):
            assert codes.country_name(code, lang)
    assert codes.country_name("XKX", "ru") == "Косово"
    with pytest.raises(CodeError):
        codes.country_name("ZZZ")


def test_groups_have_their_members():
    size = {"oecd": 38, "eu27": 27, "schengen": 29, "former_ussr": 15, "cis": 9, "eaeu": 5}
    for name, members in size.items():
        assert len(codes.country_group(name)) == members, name
    assert len(codes.country_group("wb_eca_2007")) == 30
    assert set(codes.country_group("eaeu")) < set(codes.country_group("cis"))
    assert codes.country_group("Central Asia") == ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
    assert sum(len(codes.country_group(r)) for r in ("Africa", "Asia", "Europe", "Oceania")) < 237
    with pytest.raises(CodeError, match="former ussr"):
        codes.country_group("former_usr")


def test_every_country_has_a_region_of_the_un():
    regions = Counter(one.region for one in codes.countries().values())
    assert sum(regions.values()) == 237
    assert set(regions) == {
        "Africa", "Asia", "Europe", "Latin America and the Caribbean", "Northern America",
        "Oceania",
    }  # fmt: skip


def test_regions_in_force_follow_the_splits():
    before, between, after = (set(codes.regions("KAZ", year=y)) for y in (2017, 2018, 2022))
    assert between - before == {"KZ-61", "KZ-79"}
    assert before - between == {"KZ-YUZ"}
    assert after - between == {"KZ-10", "KZ-33", "KZ-62"}
    assert between <= after
    assert set(codes.regions()) == after
    gains = [(c.origin, c.destination) for c in codes.region_changes() if c.kind == "split"]
    assert {destination for _, destination in gains} == (after | between) - before
    for origin, destination in gains:
        assert codes.all_regions()[destination].carved_from == origin


def test_regions_are_found_by_every_code_and_name():
    for one in codes.all_regions().values():
        for text in (one.code, one.kato, one.former_code, one.short_code):
            assert not text or codes.region_code(text) == one.code
        for lang in ("en", "ru", "kk"):
            assert codes.region_code(one.full_names[lang]) == one.code, one.full_names
            assert codes.region_name(one.code, lang) == one.names[lang]
    assert codes.region_code("г. Алматы") == "KZ-75"
    assert codes.region_code("Almaty Region") == "KZ-19"
    assert codes.region_name("KZ-YUZ", "kk", form="full") == "Оңтүстік Қазақстан облысы"
    assert codes.region_name("KZ-71", "ru", form="full") == "город Астана"


def test_unknown_regions_are_refused_with_near_names():
    with pytest.raises(CodeError, match="KZ-63"):
        codes.region_code("Vostochnaya VKO East Kazakstan")
    with pytest.raises(CodeError, match="use KZ-75"):
        codes.region_name("ALA")
    with pytest.raises(CodeError, match="listed: KAZ"):
        codes.regions("UZB")


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("isco08", [10, 43, 130, 436]),  # groups of the ILO structure
        ("isic4", [21, 88, 238, 419]),  # sections, divisions, groups, classes
        ("isced_f2013", [11]),
    ],
)
def test_classifications_have_the_official_counts(name, sizes):
    entries = codes.code_list(name)
    levels = Counter(one.level for one in entries.values())
    assert [levels[level + 1] for level in range(len(sizes))] == sizes
    for one in entries.values():
        assert one.level == 1 or entries[one.parent].level == one.level - 1


def test_isced_has_ten_levels_and_unknown_lists_are_refused():
    entries = codes.code_list("isced2011")
    assert sorted(one.code for one in entries.values() if one.level == 1) == list("0123456789")
    with pytest.raises(CodeError, match="isco08"):
        codes.code_list("isco")


@pytest.mark.parametrize(
    ("text", "code"),
    [("США", "USA"), ("Ватикан", "VAT"), ("UK", "GBR"), ("Кыргызстан", "KGZ"), ("Turkey", "TUR")],
)
def test_countries_by_the_names_people_use(text, code):
    assert codes.country_code(text) == code
