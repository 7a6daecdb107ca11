# SPDX-License-Identifier: Apache-2.0
"""Code lists as CSV: countries with names in three languages, regions, classifications.

Names of countries are those of CLDR, read through Babel, with the few of ``_NAMES``
where CLDR is short of the name that the United Nations use.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from babel import Locale

from .common import REGIONS, read

_GROUPS = ("more_developed", "least_developed", "landlocked_developing", "small_island_developing",
           "former_ussr", "cis", "eaeu", "wb_eca_2007", "oecd", "eu27", "schengen")  # fmt: skip
_NAMES = {
    "BES": ("Bonaire, Sint Eustatius and Saba", "", ""),
    "COD": ("Democratic Republic of the Congo", "Демократическая Республика Конго",
            "Конго Демократиялық Республикасы"),
    "COG": ("Republic of the Congo", "Республика Конго", "Конго Республикасы"),
    "CPV": ("Cabo Verde", "", ""),
    "FSM": ("Federated States of Micronesia", "", "Микронезия Федеративтік Штаттары"),
    "HKG": ("Hong Kong (China, SAR)", "Гонконг (САР Китая)", "Гонконг (Қытай АӘА)"),
    "MAC": ("Macao (China, SAR)", "Макао (САР Китая)", "Макао (Қытай АӘА)"),
    "MAF": ("Saint Martin (French part)", "Сен-Мартен (французская часть)",
            "Сен-Мартен (француз бөлігі)"),
    "MMR": ("Myanmar", "Мьянма", "Мьянма"),
    "PSE": ("State of Palestine", "Государство Палестина", "Палестина мемлекеті"),
    "SXM": ("Sint Maarten (Dutch part)", "Синт-Мартен (нидерландская часть)",
            "Синт-Мартен (нидерланд бөлігі)"),
    "USA": ("United States of America", "Соединённые Штаты Америки", ""),
    "VAT": ("Holy See", "Святой Престол", "Қасиетті Тақ"),
    "VIR": ("United States Virgin Islands", "", ""),
    "VNM": ("Viet Nam", "", ""),
}  # fmt: skip
"""Names in English, Russian and Kazakh that are preferred to those of CLDR."""
_SPECIAL_ISO2 = {"ALA": "AX", "ATA": "AQ", "ATF": "TF", "CCK": "CC", "CXR": "CX", "HMD": "HM",
                 "IOT": "IO", "NFK": "NF", "PCN": "PN", "SGS": "GS"}  # fmt: skip
_SPECIAL = {
    "ANT": ("Netherlands Antilles (to 2010)", "Нидерландские Антильские острова (до 2010 г.)",
            "Нидерланд Антиль аралдары (2010 жылға дейін)"),
    "CHI": ("Channel Islands", "Нормандские острова", "Нормандия аралдары"),
    "OOO": ("Nationality not specified", "Гражданство не указано", "Азаматтығы көрсетілмеген"),
    "OOS": ("Sub-Saharan Africa, country not specified",
            "Африка к югу от Сахары, страна не указана",
            "Сахарадан оңтүстікке қарайғы Африка, елі көрсетілмеген"),
    "OTH": ("Other or unknown origin", "Другое или неизвестное происхождение",
            "Басқа немесе белгісіз шығу елі"),
    "SCG": ("Serbia and Montenegro (to 2006)", "Сербия и Черногория (до 2006 г.)",
            "Сербия және Черногория (2006 жылға дейін)"),
    "TIB": ("Tibetans", "Тибетцы", "Тибеттіктер"),
    "UNK": ("Unknown", "Неизвестно", "Белгісіз"),
    "XNC": ("Northern Cyprus", "Северный Кипр", "Солтүстік Кипр"),
    "XSL": ("Somaliland", "Сомалиленд", "Сомалиленд"),
    "XXA": ("Stateless", "Лица без гражданства", "Азаматтығы жоқ адамдар"),
}  # fmt: skip
_FULL = {
    "KZ-10": ("Abay Region", "область Абай", "Абай облысы"),
    "KZ-33": ("Zhetisu Region", "область Жетісу", "Жетісу облысы"),
    "KZ-62": ("Ulytau Region", "область Ұлытау", "Ұлытау облысы"),
    "KZ-19": ("Almaty Region", "Алматинская область", "Алматы облысы"),
}
_CREATED = {
    "KZ-10": "2022-06-08", "KZ-33": "2022-06-08", "KZ-62": "2022-06-08",
    "KZ-61": "2018-06-19", "KZ-79": "2018-06-19",
}  # fmt: skip
_ABOLISHED = {"KZ-YUZ": "2018-06-19"}
_CHANGES = (
    ("2014", "transfer", "KZ-19", "KZ-75", "land with roughly 90,000 people"),
    ("2018-06-19", "split", "KZ-YUZ", "KZ-61", "South Kazakhstan without Shymkent"),
    ("2018-06-19", "split", "KZ-YUZ", "KZ-79", "city of republican significance"),
    ("2022-06-08", "split", "KZ-63", "KZ-10", "East Kazakhstan remains, smaller"),
    ("2022-06-08", "split", "KZ-19", "KZ-33", "Almaty Region remains, smaller"),
    ("2022-06-08", "split", "KZ-35", "KZ-62", "Karaganda remains, smaller"),
)
"""Date, kind, region that lost, region that gained, note."""


def _cldr(lang: str, iso2: str) -> str:
    name = str(Locale(lang).territories[iso2])
    for short, full in ((" & ", " and "), ("St. ", "Saint "), ("о-ва", "острова"),
                        ("о-в ", "остров ")):  # fmt: skip
        name = name.replace(short, full)
    return name


def _names(code: str, iso2: str) -> list[str]:
    preferred = _NAMES.get(code, ("", "", ""))
    return [
        mine or _cldr(lang, iso2) for lang, mine in zip(("en", "ru", "kk"), preferred, strict=True)
    ]


def _save(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _plain(cell: Any) -> Any:
    if pd.isna(cell):
        return ""
    return round(cell, 5) if isinstance(cell, float) else cell


def _countries(folder: Path, out: Path) -> None:
    frame = read(folder / "countries.parquet")
    kept = ["m49", "region", "subregion", "income_group", "sdg_region", "capital",
            "capital_lat", "capital_lon", "area_km2"]  # fmt: skip
    rows = [
        [row["iso3"], row["iso2"], *_names(row["iso3"], row["iso2"]), row["name"]]
        + [_plain(row[name]) for name in kept]
        + [" ".join(group for group in _GROUPS if row[group])]
        for row in frame.sort_values("iso3").to_dict("records")
    ]
    head = ["iso3", "iso2", "name_en", "name_ru", "name_kk", "name_un", *kept, "groups"]
    _save(out / "countries.csv", head, rows)
    special = {code: _names(code, iso2) for code, iso2 in _SPECIAL_ISO2.items()}
    special |= {code: list(names) for code, names in _SPECIAL.items()}
    _save(
        out / "special_areas.csv",
        ["code", "name_en", "name_ru", "name_kk"],
        [[code, *special[code]] for code in sorted(special)],
    )


def _full(code: str, row: Mapping[Any, Any]) -> tuple[str, str, str]:
    if code in _FULL:
        return _FULL[code]
    en = row["name_en"].removesuffix(" (to 2018)").removesuffix(" City")
    if row["type"] == "city":
        return en, row["name_ru"].replace("г. ", "город "), row["name_kk"]
    return f"{en} Region", f"{row['name_ru']} область", f"{row['name_kk']} облысы"


def _regions(folder: Path, out: Path) -> None:
    frame = read(folder / "kaz" / "kaz_regions.parquet")
    former = _former(folder)
    rows = []
    for row in frame[frame.region != "KZ"].to_dict("records"):
        code = REGIONS[row["region"]]
        carved = REGIONS.get(row["carved_from"], "")
        short = [row["name_en"].removesuffix(" (to 2018)"), row["name_ru"], row["name_kk"]]
        note = "" if pd.isna(row["boundary_note"]) else row["boundary_note"]
        centre = "Astana" if row["centre_name"] == "Nur-Sultan" else _plain(row["centre_name"])
        rows.append(
            [
                *(code, "KAZ", row["region"], _plain(row["kato"]), former.get(code, "")),
                *(row["type"], *short, *_full(code, row)),
                *(_CREATED.get(code, ""), _ABOLISHED.get(code, ""), carved, centre),
                *(_plain(row["centre_lat"]), _plain(row["centre_lon"]), note),
            ]
        )
    head = ["code", "country", "short_code", "kato", "former_code", "type", "name_en", "name_ru",
            "name_kk", "full_en", "full_ru", "full_kk", "valid_from", "valid_to", "carved_from",
            "centre", "centre_lat", "centre_lon", "note"]  # fmt: skip
    _save(out / "regions.csv", head, sorted(rows))
    _save(
        out / "region_changes.csv",
        ["date", "kind", "from", "to", "note"],
        [list(change) for change in _CHANGES],
    )


def _former(folder: Path) -> dict[str, str]:
    """Letter codes of ISO 3166-2 in force before November 2022."""
    codes = {}
    for name in ("kaz_adm1_2000_2017", "kaz_adm1_2018"):
        text = (folder / "geo" / f"{name}.geojson").read_text("utf-8")
        for properties in (feature["properties"] for feature in json.loads(text)["features"]):
            code = REGIONS[properties["region"]]
            # Turkistan took over the letter code of South Kazakhstan, which keeps it here
            if code != "KZ-61":
                codes[code] = properties["iso_3166_2"]
    return codes


def _classifications(folder: Path, out: Path) -> None:
    for source, name in (("isco08", "isco08"), ("isic4", "isic4"), ("isced2011", "isced2011"),
                         ("isced_f2013_broad", "isced_f2013")):  # fmt: skip
        text = (folder / "regional" / f"classification_{source}.csv").read_text("utf-8-sig")
        table = list(csv.DictReader(text.splitlines()))
        head = ["code", "level", "parent", "title"]
        rows = [[row.get(name, "") or "" for name in head] for row in table]
        if source == "isced_f2013_broad":
            rows = [[code, 1, "", title] for code, _, _, title in rows]
        _save(out / f"{name}.csv", head, rows)


def write(folder: Path, out: Path) -> None:
    """Write all code lists."""
    out.mkdir(parents=True, exist_ok=True)
    _countries(folder, out)
    _regions(folder, out)
    _classifications(folder, out)
