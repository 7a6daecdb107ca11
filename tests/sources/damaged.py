# SPDX-License-Identifier: Apache-2.0
"""Makes damaged and hostile files one after another, reads each, and tells how it went.

``python damaged.py FOLDER`` writes a line of JSON for each file. The files are read in a
process of their own, whose largest memory, and that of the processes it opens workbooks in,
stands in the last line, in megabytes.
"""

from __future__ import annotations

import bz2
import gzip
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # when it is run as a program
from whole_files import MAIN, ODS, SHEET, TEXT, ods, packed, parquet, parts, workbook, xls

Make = Callable[[Path], None]

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def write(content: bytes) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


TEXT_CELL = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def replaced(part: str, content: str | bytes) -> Make:
    return write(packed({**parts(TEXT_CELL), part: content}))


def cut_short() -> Iterator[tuple[str, Make]]:
    contents = {
        "a.xlsx": workbook(),
        "a.parquet": parquet(),
        "a.csv.gz": gzip.compress(np.random.default_rng(1).bytes(4000).hex().encode()),
        "a.ods": ods(),
        "a.xls": xls(),
    }
    for name, content in contents.items():
        for share in (0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.97):
            yield f"cut at {share} {name}", write(content[: int(share * len(content))])
        yield f"last byte lost {name}", write(content[: -1 if name != "a.xls" else 512])


def broken_parts() -> Iterator[tuple[str, Make]]:
    critical = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET)
    for part in (*critical, "xl/sharedStrings.xml", "xl/styles.xml"):
        yield f"no XML in {part} a.xlsx", replaced(part, b"\x00\xff" * 500)
        yield f"open tag in {part} a.xlsx", replaced(part, parts()[part][:-3])
        yield f"billion laughs in {part} a.xlsx", replaced(part, f"{LAUGHS}<x>&i;</x>")
    for part in critical:
        without = {name: content for name, content in parts().items() if name != part}
        yield f"no {part} a.xlsx", write(packed(without))
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    yield "outside entity a.xlsx", replaced(SHEET, outside)
    big = f'<!DOCTYPE x [<!ENTITY a "{"y" * 100_000}">]><x>{"&a;" * 20_000}</x>'
    yield "quadratic entity a.xlsx", replaced(SHEET, big)
    yield "billion laughs a.ods", write(ods(f"{LAUGHS}<x>&i;</x>"))
    middle = bytearray(workbook())
    middle[2000:2400] = bytes(400)
    yield "zeros in the middle a.xlsx", write(bytes(middle))
    yield "no directory a.xlsx", write(workbook().replace(b"PK\x01\x02", b"PK\x00\x00"))
    whole = parquet()
    yield "no footer mark a.parquet", write(whole[:-4] + b"XXXX")
    yield "endless footer a.parquet", write(whole[:-8] + b"\xff\xff\xff\x7fPAR1")
    yield "zeros for a footer a.parquet", write(whole[:-300] + bytes(292) + whole[-8:])
    yield "only marks a.parquet", write(b"PAR1PAR1")
    yield "gz checksum a.csv.gz", write(gzip.compress(TEXT.encode())[:-8] + bytes(8))
    noise = np.random.default_rng(3).bytes(5000)
    yield "noise after mark a.xlsx", write(b"PK\x03\x04" + noise)
    yield "noise after mark a.xls", write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise)
    yield "noise after mark a.parquet", write(b"PAR1" + noise + b"PAR1")
    yield "noise after mark a.csv.gz", write(b"\x1f\x8b" + noise)


def bombs() -> Iterator[tuple[str, Make]]:
    zeros, blank, long = bytes(600 << 20), b" " * (600 << 20), "x" * (100 << 20)
    yield "zeros for a sheet a.xlsx", replaced(SHEET, zeros)
    yield "blanks for texts a.xlsx", replaced("xl/sharedStrings.xml", blank)
    yield "blanks for a body a.ods", write(ods(blank.decode()))
    yield "lying size a.xlsx", lying_size
    yield (
        "many parts a.xlsx",
        write(packed({**parts(), **{f"x{i}": "" for i in range(30_000)}})),
    )
    yield (
        "archives in archives a.xlsx",
        write(packed({f"{i}.zip": packed({"a": "b"}) for i in range(9)})),
    )
    yield "two of one name a.xlsx", two_of_one_name
    first, text = '<c r="A1"><v>1</v></c>', '<c r="Z900000" t="inlineStr"><is><t>x</t></is></c>'
    rows = {
        "corner": f'{first}</row><row r="1048576"><c r="XFD1048576"><v>2</v></c>',
        "corners": '<c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c>',
        "far text": f'{first}</row><row r="900000">{text}',
        "beyond the last column": '<c r="ZZZ1"><v>1</v></c></row><row><c r="A300"><v>1</v></c>',
        "beyond the last row": '<c r="A99999999"><v>1</v></c>',
        "too many letters": '<c r="ABCDE1"><v>1</v></c>',
        "no letters": '<c r="11"><v>1</v></c>',
        "a row without end": '</row><row r="99999999999999999999"><c><v>1</v></c>',
    }
    for name, cells in rows.items():
        yield f"{name} a.xlsx", write(packed(parts(f'<row r="1">{cells}</row>')))
    repeated = ODS.replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">'
    )
    wide = repeated.replace(
        "<table:table-cell ", '<table:table-cell table:number-columns-repeated="16384" '
    )
    yield "cells repeated a.ods", write(ods(wide))
    inline = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
    yield "a cell of 100 MB a.xlsx", write(packed(parts(inline.format(long))))
    yield (
        "a text of 100 MB a.xlsx",
        replaced("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>{long}</t></si></sst>'),
    )
    yield "a cell of 40,000 letters a.xlsx", write(packed(parts(inline.format("ж" * 40_000))))
    yield "a cell of 100 MB a.csv", lambda path: path.write_text("a,b\n1," + long) and None
    yield (
        "a quoted cell of 100 MB a.csv",
        lambda path: path.write_text('a,b\n1,"' + ("x" * 99 + "\n") * (1 << 20) + '"') and None,
    )
    yield "a letter of 100 MB a.csv", lambda path: path.write_text("ж" * (50 << 20)) and None
    yield "zeros a.csv.gz", lambda path: path.write_bytes(gzip.compress(zeros, 1)) and None
    yield (
        "rows a.csv.gz",
        lambda path: path.write_bytes(gzip.compress(b"a,b\n" * (80 << 20), 1)) and None,
    )
    yield (
        "thirty million rows of one number a.parquet",
        write(parquet(query="SELECT 1 AS a, 1 AS b FROM range(30000000)")),
    )
    yield "one text in 3 million cells a.xlsx", shared_text


def shared_text(path: Path) -> None:
    cells = "".join('<c t="s"><v>0</v></c>' for _ in range(100))
    text = f'<sst xmlns="{MAIN}"><si><t>{"y" * 30_000}</t></si></sst>'
    rows = "".join(f'<row r="{i + 1}">{cells}</row>' for i in range(20_000))
    write(packed({**parts(rows), "xl/sharedStrings.xml": text}))(path)


def lying_size(path: Path) -> None:
    """A sheet of 100 MB that the directory says is of 100 bytes."""
    content = bytearray(packed({**parts(), SHEET: b" " * (100 << 20)}))
    size = (100 << 20).to_bytes(4, "little")
    path.write_bytes(bytes(content).replace(size, (100).to_bytes(4, "little")))


def two_of_one_name(path: Path) -> None:
    path.write_bytes(packed(parts()).replace(b"xl/styles.xml", b"xl/workbook.x"[:13]))
    with zipfile.ZipFile(path, "a") as archive:
        archive._didModify = True
        archive.writestr("xl/worksheets/sheet1.xml", "<x/>")


def wrong_endings() -> Iterator[tuple[str, Make]]:
    contents = {
        "PDF": b"%PDF-1.7\n" + bytes(100),
        "PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "GIF": b"GIF89a" + bytes(100),
        "JPEG": b"\xff\xd8\xff\xe0" + bytes(100),
        "bzip2": bz2.compress(TEXT.encode()),
        "7-Zip": b"7z\xbc\xaf\x27\x1c" + bytes(100),
        "RAR": b"Rar!\x1a\x07" + bytes(100),
        "Zstandard": b"\x28\xb5\x2f\xfd" + bytes(100),
        "database": b"SQLite format 3\x00" + bytes(100),
        "RTF": b"{\\rtf1 text}",
        "web page": b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>",
        "XML workbook": b'\xef\xbb\xbf<?xml version="1.0"?><Workbook></Workbook>',
    }
    for name, content in contents.items():
        for ending in ("csv", "xlsx", "xls", "parquet"):
            yield f"{name} a.{ending}", write(content)
    table = TEXT.encode()
    tables = {
        "xlsx": workbook(5),
        "parquet": parquet(5),
        "csv": table,
        "csv.gz": gzip.compress(table),
    }
    for name, content in tables.items():
        for ending in {"xlsx", "parquet", "csv", "csv.gz", "ods", "xls"} - {name}:
            yield f"{name} named a.{ending}", write(content)
    yield "Word a.xlsx", write(packed({"word/document.xml": "<x/>", "[Content_Types].xml": "<x/>"}))
    yield "binary workbook a.xlsx", write(packed({"xl/workbook.bin": b"\x00"}))
    yield "CSV in a zip a.xlsx", write(packed({"a.csv": TEXT}))
    yield "older Word a.xls", write(xls() + "WordDocument".encode("utf-16-le"))
    yield (
        "protected a.xlsx",
        write(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(3000)
            + "EncryptedPackage".encode("utf-16-le")
        ),
    )
    yield "protected parts a.xlsx", protected_parts
    yield "presentation a.pptx", write(b"PK\x03\x04")
    yield "notebook a.ipynb", write(b"{}")
    yield "archive a.tar.gz", write(gzip.compress(table))
    yield "no ending a", write(table)


def protected_parts(path: Path) -> None:
    content = bytearray(packed(parts()))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + flag] |= 1
            place = content.find(mark, place + 1)
    path.write_bytes(content)


def no_files() -> Iterator[tuple[str, Make]]:
    for ending in ("csv", "tsv", "xlsx", "xls", "ods", "parquet", "csv.gz"):
        yield f"empty a.{ending}", write(b"")
    for ending in ("csv", "xlsx", "parquet"):
        yield f"folder a.{ending}", lambda path: path.mkdir()
        yield f"loop of links a.{ending}", lambda path: path.symlink_to(path)
        yield f"link to nowhere a.{ending}", lambda path: path.symlink_to(path.with_name("none"))
        yield f"device a.{ending}", lambda path: path.symlink_to("/dev/zero")
        yield f"pipe a.{ending}", os.mkfifo
        yield f"nothing a.{ending}", lambda path: None
    yield "socket a.csv", lambda path: socket.socket(socket.AF_UNIX).bind(str(path))
    yield "null in the name a\x00.csv", lambda path: None
    yield f"long name {'a' * 300}.csv", lambda path: None
    if os.getuid():
        yield "not allowed a.csv", not_allowed


def not_allowed(path: Path) -> None:
    path.write_text("a")
    path.chmod(0)


def encodings() -> Iterator[tuple[str, Make]]:
    for name in (
        "utf-32",
        "utf-32-le",
        "utf-32-be",
        "cp866",
        "koi8-r",
        "mac-cyrillic",
        "iso8859-5",
    ):
        yield f"{name} a.csv", write(TEXT.encode(name))
    french = "pays;valeur\nCôte d'Ivoire;5\nRéunion;7\nCuraçao;4\nÅland;2\n"
    yield "cp1252 a.csv", write(french.encode("cp1252"))
    yield "cp850 a.csv", write(french.encode("cp850"))
    yield "cp500 a.csv", write(french.encode("cp500"))
    yield "cp1250 a.csv", write("kraj;wartość\nŁódź;5\nKraków;6\nCzęstochowa;7\n".encode("cp1250"))
    yield "cp1253 a.csv", write("χώρα;τιμή\nΕλλάδα;5\nΚύπρος;6\n".encode("cp1253"))
    yield "cp1254 a.csv", write("ülke;değer\nTürkiye;5\nAğrı;6\nIğdır;7\n".encode("cp1254"))
    yield "cp1256 a.csv", write("البلد;القيمة\nمصر;5\nالمغرب;6\n".encode("cp1256"))
    yield "shift-jis a.csv", write("国;値\n日本;5\n東京都;6\n".encode("shift-jis"))
    yield "gb18030 a.csv", write("国家;数值\n中国;5\n北京市;6\n".encode("gb18030"))
    yield "cut letter a.csv", write(TEXT.encode()[:7])
    yield "stray byte a.csv", write(TEXT.encode() + b"\xff\n")
    yield "two encodings a.csv", write(TEXT.encode() + TEXT.encode("cp1251"))
    yield "odd UTF-16 a.csv", write(TEXT.encode("utf-16")[:-1])
    yield "broken UTF-16 a.csv", write(b"\xff\xfe" + b"a\x00;\x00\x00\xd8b\x00\n\x00")
    for place in (0, 50, len(TEXT)):
        yield (
            f"null at {place} a.csv",
            write(TEXT.encode("cp1251")[:place] + b"\x00" + TEXT.encode("cp1251")[place:]),
        )
    yield "only nulls a.csv", write(bytes(10_000))
    yield "control sign a.csv", write(b"a,b\n1,\x07\n")
    for name in ("cp1251", "cp1252", "latin-1"):
        lost = TEXT.encode().decode(name, errors="ignore")
        yield f"UTF-8 taken for {name} a.csv", write(lost.encode())
    yield "letters lost a.csv", write(TEXT.replace("р", "�").encode())
    for seed in range(8):
        yield f"noise {seed} a.csv", write(np.random.default_rng(seed).bytes(3000))
        yield f"noise {seed} a.xlsx", write(np.random.default_rng(seed + 50).bytes(3000))


def broken_tables() -> Iterator[tuple[str, Make]]:
    yield "open quotation mark a.csv", write(b'a,b\n1,"2\n3,4\n')
    yield "letters after a quotation mark a.csv", write(b'a,b\n1,"2"x\n3,4\n')
    yield "open mark on a long way a.csv", write(b'a,b\n1,"2\n' + b"3,4\n" * 100_000)
    yield "a million columns a.csv", write(b"a," * 1_000_000)
    yield "17,000 columns a.csv", write(b"x\n" + b"1;" * 17_000)
    yield "wide and long a.csv", write(b"a," * 16_000 + b"\n" + b"1\n" * 20_000)
    yield "commas or decimals a.csv", write(b"value\n1,5\n2,5\n3,5\n")
    yield "only line ends a.csv", write(b"\n" * 100)
    yield "no cells a.xlsx", write(packed(parts("")))


def cases() -> Iterator[tuple[str, Make]]:
    """Every damaged file: what is wrong with it and its name, and how to make it."""
    for family in (
        cut_short,
        broken_parts,
        bombs,
        wrong_endings,
        no_files,
        encodings,
        broken_tables,
    ):
        yield from family()


def tried(path: Path) -> dict[str, object]:
    """What reading says."""
    from keruen.sources._grid import read_sheets

    start = time.perf_counter()
    result: dict[str, object] = {}
    try:
        found = read_sheets(path)
        result = {"error": None, "read": str([sheet.cells.shape for sheet in found])}
    except Exception as fault:  # noqa: BLE001  (what else comes is the finding)
        result = {
            "error": type(fault).__name__,
            "what": getattr(fault, "what", str(fault)),
            "remedy": getattr(fault, "remedy", ""),
            "id": getattr(fault, "id", ""),
        }
    return {**result, "seconds": round(time.perf_counter() - start, 2)}


def read_all() -> None:
    """Read the files whose names come in, one a line; at last tell the memory."""
    for line in sys.stdin:
        print(json.dumps(tried(Path(json.loads(line)))), flush=True)
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(json.dumps([resource.getrusage(one).ru_maxrss >> 10 for one in processes]), flush=True)


def main(folder: Path) -> None:
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        for number, (label, make) in enumerate(cases()):
            wrong, _, name = label.rpartition(" ")
            place = folder / str(number)
            place.mkdir()
            make(place / name)
            reader.stdin.write(json.dumps(str(place / name)).encode() + b"\n")
            reader.stdin.flush()
            result = json.loads(reader.stdout.readline())
            print(json.dumps({"wrong": wrong, "name": name, **result}), flush=True)
            shutil.rmtree(place)
        reader.stdin.close()
        print(json.dumps({"memory": json.loads(reader.stdout.readline())}))


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) > 1 else read_all()
