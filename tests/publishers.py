# SPDX-License-Identifier: Apache-2.0
"""Publishers' layouts rebuilt: headings, merged cells, marks and notes where they stand.

The UN, WPP and KNOMAD headings are those of the published workbooks; the cube of the Bureau of
National Statistics is a copy of rows of its download of 30 September 2026.
"""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

UN_STOCK = [  # destination, origin, and stock of both sexes, men, women at the last two dates
    ("WORLD", 900, "WORLD", 900, (300, 320), (160, 170), (140, 150)),
    ("WORLD", 900, "Kazakhstan", 398, (110, 120), (60, 65), (50, 55)),
    ("WORLD", 900, "Uzbekistan", 860, (150, 160), (80, 85), (70, 75)),
    ("WORLD", 900, "Others", 2003, (40, 40), (20, 20), (20, 20)),
    ("Central Asia", 5500, "WORLD", 900, (250, 260), (130, 135), (120, 125)),
    ("Kazakhstan*", 398, "WORLD", 900, (180, 185), (95, 97), (85, 88)),
    ("Kazakhstan*", 398, "Uzbekistan", 860, (150, 160), (80, 85), (70, 75)),
    ("Kazakhstan*", 398, "Others", 2003, (30, 25), (15, 12), (15, 13)),
    ("Channel Islands", 830, "Kazakhstan", 398, ("..", 1), ("..", 1), ("..", 0)),
    ("Channel Islands", 830, "Others", 2003, (10, 15), (5, 8), (5, 7)),
    ("Germany", 276, "Kazakhstan", 398, (110, 119), (60, 64), (50, 55)),
]
WPP_HEADS = ["Index", "Variant", "Region, subregion, country or area *", "Notes", "Location code",
             "ISO3 Alpha-code", "ISO2 Alpha-code", "SDMX code**", "Type", "Parent code",
             "Year"]  # fmt: skip
WPP_PLACES = [("World", 900, "", "", 1, "World", 0), ("Central Asia", 5500, "", "", 5500,
              "Subregion", 1834), ("Kazakhstan", 398, "KAZ", "KZ", 398, "Country/Area", 5500),
              ("Uzbekistan", 860, "UZB", "UZ", 860, "Country/Area", 5500)]  # fmt: skip


def save(book: Workbook, path: Path) -> Path:
    book.save(path)
    return path


def un_stock(path: Path, edition: int = 2024, rows=UN_STOCK) -> Path:
    """Destination and origin workbook, Table 1, its last two dates."""
    last = {2020: (2015, 2020), 2024: (2020, 2024)}[edition]
    book = Workbook()
    book.active.title = "Contents"
    sheet = book.create_sheet("Table 1")
    sheet["A2"] = "United Nations"
    sheet["A5"] = f"International Migrant Stock {edition}"
    sheet["A6"] = (
        "Table 1. International migrant stock at mid-year by sex and by region, country or area "
        f"of destination and origin, 1990-{edition}"
    )
    sheet["A8"] = f"United Nations database, POP/DB/MIG/Stock/Rev.{edition}"
    kind = "Type of data of destination" if edition == 2020 else "Data type"
    note = "Notes of destination" if edition == 2020 else "Coverage"
    sheet.append([])
    place = "Region, development group, country or area of"
    blocks = ["both sexes", "males", "females"]
    sheet.cell(10, 8, f"International migrant stock at mid-year ({blocks[0]})")
    sheet.cell(10, 10, f"International migrant stock at mid-year ({blocks[1]})")
    sheet.cell(10, 12, f"International migrant stock at mid-year ({blocks[2]})")
    for left in (8, 10, 12):
        sheet.merge_cells(start_row=10, end_row=10, start_column=left, end_column=left + 1)
    heads = ["Index", f"{place} destination", note, "Location code of destination", kind,
             f"{place} origin", "Location code of origin", *last, *last, *last]  # fmt: skip
    for column, head in enumerate(heads, start=1):
        sheet.cell(11, column, head)
    for number, (to, to_code, from_, from_code, *stock) in enumerate(rows, start=1):
        figures = [figure for pair in stock for figure in pair]
        sheet.append([number, to, "", to_code, "B R", from_, from_code, *figures])
    return save(book, path)


def wpp_population(path: Path, sex: str = "Female") -> Path:
    """POP/F01: population by single age, thousands; here ages 0 to 2 and 100+."""
    book = Workbook()
    book.remove(book.active)
    for name, variant, year in (("Estimates", "Estimates", 2023), ("Medium", "Medium", 2024)):
        sheet = book.create_sheet(name)
        sheet["A5"] = "United Nations"
        sheet["A6"] = "Population Division"
        sheet["A9"] = "World Population Prospects 2024"
        sheet["A10"] = (
            f"File POP/F01-3: {sex} population by single age, region, subregion and country, "
            "annually for 1950-2100 (thousands)"
        )
        sheet["A11"] = "Estimates, 1950 - 2023"
        sheet["L16"] = f"{sex} population by single age, as of 1 July (thousands)"
        for column, head in enumerate([*WPP_HEADS, 0, 1, 2, "100+"], start=1):
            sheet.cell(17, column, head)
        figures = {398: (200.5, 201.125, 199.0, 0.061), 860: (400.0, 390.0, 380.5, 0.2)}
        total = tuple(round(sum(column), 3) for column in zip(*figures.values(), strict=True))
        for number, (place, code, iso3, iso2, sdmx, kind, parent) in enumerate(WPP_PLACES):
            row = figures.get(code, total)
            sheet.append([number, variant, place, "", code, iso3, iso2, sdmx, kind, parent, year,
                          *row])  # fmt: skip
        sheet.append([9, variant, "Label", "", 1833, "", "", "", "Label/Separator", 900, None])
    book.create_sheet("NOTES")["A1"] = "(a) Refers to the de facto population."
    return save(book, path)


def wpp_indicators(path: Path) -> Path:
    """GEN/F01: demographic indicators, compact."""
    heads = ["Total Population, as of 1 January (thousands)",
             "Total Population, as of 1 July (thousands)",
             "Median Age, as of 1 July (years)", "Births (thousands)",
             "Total Fertility Rate (live births per woman)",
             "Sex Ratio at Birth (males per 100 female births)", "Total Deaths (thousands)",
             "Life Expectancy at Birth, both sexes (years)",
             "Male Life Expectancy at Birth (years)",
             "Net Number of Migrants (thousands)",
             "Net Migration Rate (per 1,000 population)"]  # fmt: skip
    book = Workbook()
    sheet = book.active
    sheet.title = "Estimates"
    sheet["A9"] = "World Population Prospects 2024"
    sheet["A10"] = "File GEN/01/REV1: Demographic indicators by region, subregion and country"
    for column, head in enumerate([*WPP_HEADS, *heads], start=1):
        sheet.cell(17, column, head)
    rows = {398: (20_200.5, 20_330.1, 29.6, 388.428, 3.01, 105.9, 130.2, 74.4, 70.5, 9.3, 0.457),
            860: (35_300.0, 35_652.3, 26.9, 961.9, 3.5, 106.0, 175.0, 72.4, 69.5, -19.3,
                  -0.5)}  # fmt: skip
    for number, (place, code, iso3, iso2, sdmx, kind, parent) in enumerate(WPP_PLACES):
        row = rows.get(code, ("...",) * len(heads))
        sheet.append([number, "Estimates", place, "", code, iso3, iso2, sdmx, kind, parent, 2023,
                      *row])  # fmt: skip
    return save(book, path)


def knomad(path: Path, year: int = 2021) -> Path:
    """Remittance matrix: receivers across, senders down, million USD."""
    book = Workbook()
    sheet = book.active
    sheet.title = f"Bilateral_Remittances_{year}"
    sheet["A1"] = f"Bilateral Remittance Matrix {year} (US$ million)"
    sheet.append(["receiving (across) / sending (down) ", "Kyrgyz Republic", "Korea, Rep.",
                  "Kazakhstan", "Other North", "WORLD"])  # fmt: skip
    sheet.append(["Russian Federation", 2_000.25, 0, 150.5, 3, 2_150.75])
    sheet.append(["Kazakhstan", 95, "", 0, 0, 95])
    sheet.append(["Other South", 1, 0, 0, 0, 1])
    sheet.append(["WORLD", 2_095.25, 0, 150.5, 3, 2_245.75])
    sheet.append(["Note: estimates by the methodology of Ratha and Shaw (2007)."])
    return save(book, path)


MIGR_IMM1CTZ = r"""freq,citizen,agedef,age,unit,sex,geo\TIME_PERIOD	2022 	2023 
A,KZ,COMPLET,TOTAL,NR,T,DE	3500 	4000 b
A,KZ,COMPLET,Y_LT5,NR,F,DE	200 	210 
A,KZ,COMPLET,Y_LT5,NR,M,DE	220 	240 e
A,KZ,COMPLET,Y5-9,NR,F,DE	180 	190 
A,KZ,COMPLET,Y5-9,NR,M,DE	190 p	: 
A,KZ,COMPLET,Y_GE100,NR,F,DE	: z	0 
A,KZ,COMPLET,Y15-64,NR,F,DE	1000 	1200 
A,KZ,COMPLET,Y_GE65,NR,F,DE	30 	40 
A,KZ,REACH,Y_LT5,NR,F,DE	205 	215 
A,STLS,COMPLET,Y_LT5,NR,F,EL	5 	6 
A,EU27_2020_FOR,COMPLET,Y_LT5,NR,F,DE	800 	900 
A,KZ,COMPLET,Y_LT5,NR,F,EU27_2020	900 	950 
"""  # noqa: W291
_MIGR = "DATAFLOW,LAST UPDATE,freq,citizen,agedef,age,unit,sex,geo,TIME_PERIOD,OBS_VALUE"
MIGR_CSV = f"""{_MIGR},OBS_FLAG,CONF_STATUS
ESTAT:MIGR_IMM1CTZ(1.0),12/03/26 23:00:00,A,KZ,COMPLET,Y_LT5,NR,F,DE,2022,200,,
ESTAT:MIGR_IMM1CTZ(1.0),12/03/26 23:00:00,A,KZ,COMPLET,Y_LT5,NR,M,DE,2022,220,b,
ESTAT:MIGR_IMM1CTZ(1.0),12/03/26 23:00:00,A,KZ,COMPLET,TOTAL,NR,T,DE,2022,3500,,
ESTAT:MIGR_IMM1CTZ(1.0),12/03/26 23:00:00,A,NO,COMPLET,Y_LT5,NR,F,UK,2022,7,,
"""

_HEADS = {"migration": ("КН", "LКН", "СП", "LСП"), "population": ("СП", "LСП", "СГНЛ", "LСГНЛ")}
_NAMES = {"migration": "Сальдо миграции по всем потокам(Человек)",
          "population": "Численность населения на начало периода(Человек)"}  # fmt: skip
CUBE = {
    "migration": [("2023 год", "РЕСПУБЛИКА КАЗАХСТАН", "Всего", "9 293"),
                  ("2024 год", "РЕСПУБЛИКА КАЗАХСТАН", "Всего", "16 550"),
                  ("2022 год", "РЕСПУБЛИКА КАЗАХСТАН", "Всего", "-6 722"),
                  ("2024 год", "Г.АЛМАТЫ", "городская местность", "41 184"),
                  ("2024 год", "АУЭЗОВСКИЙ РАЙОН", "городская местность", "-2 232"),
                  ("2024 год", "ЭКИБАСТУЗ Г.А.", "Всего", "-1 135"),
                  ("2024 год", "РАЙОН ТУРАРА РЫСКУЛОВА", "Всего", "-1 748"),
                  ("2024 год", "ОБЛАСТЬ ЖЕТІСУ", "Всего", "-10 849"),
                  ("2024 год", "ОБЛАСТЬ ЖЕТІСУ", "городская местность", "-2 846"),
                  ("2024 год", "ОБЛАСТЬ ЖЕТІСУ", "сельская местность", "-8 003")],
    "population": [("2024 год", "АКМОЛИНСКАЯ ОБЛАСТЬ", "Всего", "787 976"),
                   ("2017 год", "АКМОЛИНСКАЯ ОБЛАСТЬ", "Всего", "734 369"),
                   ("2017 год", "РЕСПУБЛИКА КАЗАХСТАН", "Всего", "17 918 214")],
}  # fmt: skip


def bns_cube(path: Path, what: str = "migration", rows=None) -> Path:
    """A text of the Bureau's cube: tabs, quotes, blanks within figures."""
    first, second = _HEADS[what][::2]
    heads = ["NAM", "DAT", "PERIOD", "КАТО(по каталогу)", "LКАТО(по каталогу)",
             "СПТМ (по каталогу)", "LСПТМ (по каталогу)", *_HEADS[what], "VAL"]  # fmt: skip
    whole = {"СГНЛ": "Все группы"}
    lines = [heads] + [
        [_NAMES[what], year, year[:4] + "12", place, "0", kind, "0", whole.get(first, "Всего"), "0",
         whole.get(second, "Всего"), "0", value]
        for year, place, kind, value in (rows or CUBE[what])
    ]  # fmt: skip
    text = "\n".join("\t".join(f'"{cell}"' for cell in line) for line in lines)
    path.write_text(text + "\n", "utf-8")
    return path


def bns_average(path: Path) -> Path:
    """Dynamic table 6576: groups of people one below the other, regions within, years across."""
    book = Workbook()
    sheet = book.active
    sheet.title = "2009-2025"
    sheet["B1"] = "Среднегодовая численность населения Республики Казахстан"
    sheet["B2"] = "человек"
    sheet.append([])
    sheet.append(["код КАТО", "", "2023 год", "2024 год1)"])
    groups = {
        "Все население": ((300.5, 310), (200.5, 205), (100, 105)),
        "Мужчины": ((150.5, 155), (100.5, 103), (50, 52)),
        "Женщины": ((150, 155), (100, 102), (50, 53)),
        "Городское население": ((180.5, 190), (80.5, 85), (100, 105)),
        "мужчины": ((90.5, 95), (40.5, 43), (50, 52)),
        "женщины": ((90, 95), (40, 42), (50, 53)),
        "Сельское население": ((120, 120), (120, 120), ("-", "-")),
        "Мужчины ": ((60, 60), (60, 60), ("-", "-")),
        "Женщины ": ((60, 60), (60, 60), ("-", "-")),
    }
    for name, (whole, abay, almaty) in groups.items():
        sheet.append(["", name])
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=2,
                          end_column=4)  # fmt: skip
        sheet.append(["000000000", "Республика Казахстан", *whole])
        sheet.append(["100000000", "Абай", *abay])
        sheet.append(["750000000", "г. Алматы", *almaty])
    sheet.append(["", "1) С учетом итогов переписи населения."])
    return save(book, path)


def bns_ages(path: Path) -> Path:
    """Population by single age: a sheet a region, residence and sex across, two heading rows."""
    book = Workbook()
    book.remove(book.active)
    for region, scale in (("Ақмола облысы", 1), ("город Алматы", 2)):
        sheet = book.create_sheet(region)
        sheet["A1"] = "Численность населения по полу и возрасту на начало 2024 года"
        sheet["A2"] = "человек"
        heads = ["Возраст, лет", "Все население", "", "", "Городское население", "", "",
                 "Сельское население", "", ""]  # fmt: skip
        sheet.append(heads)
        sheet.append(["", *("Оба пола", "Мужчины", "Женщины") * 3])
        sheet.merge_cells("A3:A4")
        for cells in ("B3:D3", "E3:G3", "H3:J3"):
            sheet.merge_cells(cells)
        sheet.append(["Всего", *(scale * n for n in (60, 32, 28, 40, 21, 19, 20, 11, 9))])
        sheet.append(["0", *(scale * n for n in (20, 11, 9, 14, 8, 6, 6, 3, 3))])
        sheet.append(["1", *(scale * n for n in (30, 15, 15, 20, 10, 10, 10, 5, 5))])
        sheet.append(["0-4", *(scale * n for n in (50, 26, 24, 34, 18, 16, 16, 8, 8))])
        sheet.append(["100 и старше", *(scale * n for n in (10, 6, 4, 6, 3, 3, 4, 3, 1))])
    return save(book, path)


def bns_flows(path: Path, by: str = "regions") -> Path:
    """Bulletin: arrivals, departures, balance, of regions or with countries."""
    book = Workbook()
    sheet = book.active
    rows = {
        "regions": [("Республика Казахстан", "9 000", "8 000", "1 000"),
                    ("Абай", "4 000", "5 000", "-1 000"),
                    ("из них: Семей г.а.", "1 000", "1 500", "-500"),
                    ("г. Астана", "5 000", "3 000", "2 000")],
        "partners": [("Всего", "25 387", "16 094", "9 293"),
                     ("Страны СНГ", "21 000", "12 094", "8 906"),
                     ("Россия", "8 000", "11 000", "-3 000"),
                     ("Узбекистан", "13 000", "1 094", "11 906"),
                     ("Другие страны", "4 387", "4 000", "387"),
                     ("Германия", "87", "4 000", "-3 913"),
                     ("Китай", "4 300", "-", "4 300")],
    }[by]  # fmt: skip
    titles = {"regions": "Миграция населения по регионам за январь-декабрь 2023 года",
              "partners": "Внешняя миграция населения по странам за 2023 год"}  # fmt: skip
    sheet["A1"] = titles[by]
    sheet["A2"] = "человек"
    sheet.append(
        ["Регион" if by == "regions" else "Страны", "Прибыло", "Выбыло", "Сальдо миграции"]
    )
    for row in rows:
        sheet.append(row)
    sheet.append(["* по данным органов миграционной службы"])
    return save(book, path)
