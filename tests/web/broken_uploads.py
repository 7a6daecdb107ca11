# SPDX-License-Identifier: Apache-2.0
"""Files that no page may take: each with what is wrong, a name, and its bytes; the same each time.

Damaged formats come from the files that the readers are tested with; here they are joined by
workbooks that open, and hold what no placement may hold, and by names that are traps.
"""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sources import damaged
from whole_files import MAIN, packed, parts, sheet

Case = tuple[str, str, bytes]

HEADS = ["family", "group", "workers", "persons"]
PLACES = ["locality", "region", "work_chance", "persons"]
FAMILY = ["F1", "kandas", 1, 3]
PLACE = ["Abay", "KZ-10", 60, 9]


def raw_book(families: str, localities: str = "") -> bytes:
    """A workbook of two sheets from the XML of their rows."""
    one = parts()
    book, links = str(one["xl/workbook.xml"]), str(one["xl/_rels/workbook.xml.rels"])
    two = '<sheet name="localities" sheetId="2" r:id="r9"/></sheets>'
    link = links[links.index("<Relationship ") : links.index("/>") + 2]
    named = book.replace('name="a"', 'name="families"')
    more = link.replace('"r1"', '"r9"').replace("sheet1", "sheet2")
    return packed(
        {
            **one,
            "xl/workbook.xml": named.replace("</sheets>", two),
            "xl/_rels/workbook.xml.rels": links.replace("</Rel", f"{more}</Rel"),
            damaged.SHEET: sheet(families),
            "xl/worksheets/sheet2.xml": sheet(localities or rows([PLACES, PLACE])),
        }
    )


def cell(value: object, address: str = "") -> str:
    """A cell of a row; a text that begins with < is the XML of the cell itself."""
    at = f' r="{address}"' if address else ""
    if isinstance(value, str):
        if value.startswith("<"):
            return value
        return f'<c{at} t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c{at}><v>{value}</v></c>"


def rows(lines: list[list[object]]) -> str:
    return "".join(f"<row>{''.join(cell(one) for one in line)}</row>" for line in lines)


def _first(share: float, content: bytes) -> bytes:
    return content[: int(share * len(content))]


def formats() -> Iterator[Case]:
    """What the readers refuse: cut short, spoilt inside, or something else by another name."""
    families = (damaged.cut_short, damaged.broken_parts, damaged.wrong_endings)
    alike = (".csv", ".gz", ".parquet")  # one table a file: refused before it is looked into
    with tempfile.TemporaryDirectory() as folder:
        for family in families:
            for number, (label, make) in enumerate(family()):
                wrong, _, name = label.rpartition(" ")
                if name.endswith(alike) and family is not damaged.wrong_endings:
                    continue
                path = Path(folder) / f"{family.__name__}-{number}{Path(name).suffix}"
                make(path)
                yield f"{wrong} ({name})", name, path.read_bytes()


def texts() -> Iterator[Case]:
    """Text tables in no known letters, or without a shape."""
    with tempfile.TemporaryDirectory() as folder:
        every = [*damaged.encodings(), *damaged.broken_tables()]
        for number, (label, make) in enumerate(every[::2]):
            wrong, _, name = label.rpartition(" ")
            path = Path(folder) / f"{number}{Path(name).suffix}"
            make(path)
            yield f"{wrong} ({name})", name, path.read_bytes()


def cuts(sound: bytes) -> Iterator[Case]:
    """A sound placement, ended or spoilt where chance will have it."""
    chance = random.Random(11)
    for share in sorted(chance.random() for _ in range(24)):
        yield f"cut at {share:.3f}", "families.xlsx", _first(share, sound)
    whole = zipfile.ZipFile(io.BytesIO(sound))
    sheets = [one for one in whole.infolist() if one.filename.startswith("xl/worksheets/sheet")]
    for part in (*sheets[:2], whole.getinfo("xl/workbook.xml")):
        start = part.header_offset + 30 + len(part.filename)
        for place in (chance.randrange(part.compress_size - 16) for _ in range(5)):
            content = bytearray(sound)
            at = start + place
            content[at : at + 16] = bytes(255 - one for one in content[at : at + 16])
            yield f"spoilt at {place} of {part.filename}", "families.xlsx", bytes(content)


def traps() -> Iterator[Case]:
    """Names that would leave their folder, hide what they are, or break a page."""
    names = (
        "../../secret.key", "..\\..\\keruen.db", "/etc/passwd", "C:\\Windows\\a.xlsx", "....xlsx",
        "a\u202exslx.exe", "отбасылар — көшіру (1).xlsx", "家族.xlsx", "a" * 300 + ".xlsx",
        "<script>alert(1)</script>.xlsx", "'; DROP TABLE job; --.xlsx", "a\tb.xlsx", ".xlsx",
        "CON", "a.xlsx.exe", "%2e%2e%2fa.xlsx", "a.tar.gz", "{0}{what}.xlsx", "e\u0301.XLSX", "-rf",
    )  # fmt: skip
    for name in names:
        yield f"named {name[:40]!r}", name, b"%PDF-1.7 " + b"x" * 200


def bombs() -> Iterator[Case]:
    """Small files that would be large, deep or endless when opened."""
    declared = bytearray(packed(parts()))
    at = declared.index(b"PK\x01\x02")
    declared[at + 24 : at + 28] = (3_000_000_000).to_bytes(4, "little")
    yield "a part declared as of 3 GB", "a.xlsx", bytes(declared)
    blank = packed({**parts(), damaged.SHEET: b" " * (64 << 20)})
    nine = {f"xl/worksheets/sheet{n}.xml": b" " for n in range(2, 11)}
    yield "a sheet of 64 MB of blanks", "a.xlsx", blank
    yield "sheets in many parts", "a.xlsx", packed({**parts(), **nine, "x": b" " * (600 << 20)})
    nested = packed({f"{n}.zip": packed({"a": "b"}) for n in range(9)})
    yield "archives in archives", "a.xlsx", nested
    yield "30,000 parts", "a.xlsx", packed({**parts(), **{f"x{i}": "" for i in range(30_000)}})
    deep = f"<worksheet xmlns='{MAIN}'>" + "<row>" * 100_000
    yield "rows in rows", "a.xlsx", packed({**parts(), damaged.SHEET: deep})
    many = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r1"/>' for n in range(2, 3000))
    book = str(parts()["xl/workbook.xml"]).replace("</sheets>", f"{many}</sheets>")
    yield "3,000 sheets", "a.xlsx", packed({**parts(), "xl/workbook.xml": book})
    for name, far in {
        "1,048,577 rows": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        "16,385 columns": '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        "a cell in the last corner": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "a cell nowhere": '<row r="1"><c r="11"><v>1</v></c></row>',
    }.items():
        head = rows([HEADS, FAMILY])
        yield name, "a.xlsx", raw_book(head + far)
    yield "a cell of 40,000 letters", "a.xlsx", raw_book(rows([HEADS, ["F" * 40_000, "k", 1, 3]]))


def tables() -> Iterator[Case]:
    """Workbooks that open, with faults that have a sheet and a cell."""
    whole = {"families": (HEADS, FAMILY), "localities": (PLACES, PLACE)}
    wrong: dict[str, object] = {
        "a word": "many", "less than nothing": -3, "half a person": 2.5, "no number": "NaN",
        "infinity": "1e999", "a huge number": 10**30, "a date": "<c t='d'><v>2026-01-05</v></c>",
        "a sign of error": "<c t='e'><v>#DIV/0!</v></c>", "a truth": "<c t='b'><v>1</v></c>",
        "a formula without a result": "<c><f>1+2</f></c>", "nothing": "<c/>",
        "a bell": "3_x0007_", "another minus": "\u22123", "two numbers": "3 4",
        "a range": "3-5", "a unit": "3 чел.",
    }  # fmt: skip
    for name, (heads, line) in whole.items():
        for what, value in wrong.items():
            spoilt = [heads, line, [f"{line[0]}2", *line[1:3], value]]
            given = {key: rows([*found]) for key, found in whole.items()} | {name: rows(spoilt)}
            yield f"{what} in {name}", "a.xlsx", raw_book(**given)
    for name, lines in {
        "the same family twice": [HEADS, FAMILY, FAMILY],
        "another table": [["product", "price"], ["bread", 200]],
        "headings alone": [HEADS],
        "no headings": [FAMILY, ["F2", "kandas", 1, 2]],
        "the same heading twice": [["family", "persons", "persons"], ["F1", 3, 3]],
        "no persons": [["family", "group"], ["F1", "kandas"]],
        "no names": [HEADS, ["", "kandas", 1, 3]],
        "numbers for headings": [[1, 2, 3], ["F1", 1, 2]],
        "a family of no one": [HEADS, ["F1", "kandas", 0, 0]],
        "an essay": [["Dear colleagues,"], ["the families will come later"]],
    }.items():
        yield name, "a.xlsx", raw_book(rows([*lines]))
    for name, lines in {
        "no localities": [PLACES],
        "a place without room": [PLACES, ["Abay", "KZ-10", 60, ""]],
        "a chance above all": [PLACES, ["Abay", "KZ-10", 160, 9]],
        "the same place twice": [PLACES, PLACE, PLACE],
    }.items():
        yield name, "a.xlsx", raw_book(rows([HEADS, FAMILY]), rows([*lines]))
    macro = {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"\0" * 99}
    yield "a macro, and another table", "a.xlsm", packed({**parts(), **macro})


def cases(sound: bytes) -> list[Case]:
    """Every broken upload of a placement."""
    return [*formats(), *cuts(sound), *traps(), *bombs(), *tables()]


def pools() -> Iterator[Case]:
    """Lists of candidates that a draw cannot be held from."""
    head, first = "candidate,score,submitted", "c1,300,2026-01-05T00:00:00+05:00"
    for what, lines in {
        "a score in words": "c2,high,2026-01-05T00:00:00+05:00",
        "a score of infinity": "c2,1e999,2026-01-05T00:00:00+05:00",
        "no score": "c2,,2026-01-05T00:00:00+05:00",
        "a day that is none": "c2,300,2026-13-45",
        "a day in words": "c2,300,yesterday",
        "the same candidate twice": first,
        "a row too long": f"{first},1,2,3",
        "a formula": "c2,=1+1,2026-01-05T00:00:00+05:00",
        "a bell": "c2,3\x0700,2026-01-05T00:00:00+05:00",
        "an open quotation mark": 'c2,"300,2026-01-05',
        "a zero in the text": "c2,3\x0000,2026-01-05",
    }.items():
        yield what, "pool.csv", f"{head}\n{first}\n{lines}\n".encode()
    yield "headings alone", "pool.csv", f"{head}\n".encode()
    yield "another table", "pool.csv", b"product,price\nbread,200\n"
    yield "many columns", "pool.csv", b"a," * 20_000 + b"\n1,2\n"
    whole = damaged.parquet()
    for share in (0.1, 0.5, 0.9, 0.99):
        yield f"Parquet cut at {share}", "pool.parquet", _first(share, whole)
    yield "Parquet of another table", "pool.parquet", whole
    yield "nothing", "pool.csv", b""
