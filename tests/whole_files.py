# SPDX-License-Identifier: Apache-2.0
"""Small whole files of every format, to be read, damaged and spoiled."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

TEXT = "регион;год;численность\n" + "".join(f"Алматы;{2000 + i};{i},5\n" for i in range(40))
TYPES = "http://schemas.openxmlformats.org"
MAIN = f"{TYPES}/spreadsheetml/2006/main"
RELATIONS = f"{TYPES}/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"


def sheet(cells: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def parts(cells: str = '<row r="1"><c r="A1"><v>1</v></c></row>') -> dict[str, str | bytes]:
    """Parts of the smallest workbook."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{TYPES}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{TYPES}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{RELATIONS}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>text</t></si></sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/></cellXfs></styleSheet>',
        SHEET: sheet(cells),
    }


def packed(contents: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(rows: int = 300) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in range(rows):
        book.active.append([f"Область {row}", row, row / 7, "Қазақстан"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
ODS = (
    f'<office:document-content xmlns:office="{OFFICE}:office:1.0" '
    f'xmlns:table="{OFFICE}:table:1.0" xmlns:text="{OFFICE}:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="a"><table:table-row><table:table-cell '
    'office:value-type="float" office:value="5"><text:p>5</text:p></table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet></office:body>"
    "</office:document-content>"
)


def ods(content: str = ODS) -> bytes:
    manifest = f'<m:manifest xmlns:m="{OFFICE}:manifest:1.0"/>'
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": content})


def parquet(rows: int = 2000, query: str = "") -> bytes:
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as engine:
        path = Path(folder, "a.parquet")
        select = query or f"SELECT range AS a, 'x' || range AS b FROM range({rows})"
        engine.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def xls() -> bytes:
    return Path(__file__).with_name("reference").joinpath("intake_workbook.xls").read_bytes()
