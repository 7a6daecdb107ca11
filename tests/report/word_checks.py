# SPDX-License-Identifier: Apache-2.0
"""What must hold of a Word document beyond opening: Office Open XML (ISO/IEC 29500), part 1."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

# Order of children as wml.xsd gives it (CT_PPr, CT_RPr, CT_TblPr, CT_TcPr, CT_SectPr, CT_Style;
# of CT_Settings what stands around the endnotes).
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr "
    "suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct "
    "topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind "
    "contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
    "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect "
    "bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW "
    "jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption "
    "tblDescription",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection "
    "tcFitText vAlign hideMark",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "tr": "tblPrEx trPr tc",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc "
    "pgBorders lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi "
    "rtlGutter docGrid printerSettings",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden "
    "unhideWhenUsed qFormat locked personal personalCompose personalReply rsid pPr rPr tblPr trPr "
    "tcPr tblStylePr",
    "settings": "zoom defaultTabStop evenAndOddHeaders characterSpacingControl updateFields "
    "hdrShapeDefaults footnotePr endnotePr compat docVars rsids mathPr attachedSchema "
    "themeFontLang clrSchemeMapping shapeDefaults decimalSymbol listSeparator",
}
PLACES = {tag: {name: n for n, name in enumerate(told.split())} for tag, told in ORDER.items()}


def tag(element: etree._Element) -> str:
    """Name of an element without its namespace."""
    return etree.QName(element).localname


def w(name: str) -> str:
    return f"{{{W}}}{name}"


def faults_of(path: Path, *, lang: str, title: str) -> list[str]:
    """Everything that is wrong with a document that a report was written to.

    Parameters
    ----------
    path : Path
        The document.
    lang : str
        Language tag that it must carry.
    title : str
        Title of its properties.

    Returns
    -------
    list of str
        Empty when nothing is.
    """
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        parts = {
            name: etree.fromstring(package.read(name))  # raises where it is not well-formed
            for name in names
            if name.endswith((".xml", ".rels"))
        }
    body, notes = parts["word/document.xml"], parts["word/endnotes.xml"]
    styles, settings = parts["word/styles.xml"], parts["word/settings.xml"]
    return [
        *(f"{name} stands twice" for name, times in Counter(names).items() if times > 1),
        *_order(body, "document"), *_order(notes, "endnotes"), *_order(styles, "styles"),
        *_order(settings, "settings"),
        *_relations(parts, set(names)), *_types(parts["[Content_Types].xml"], names),
        *_ids(body, notes), *_notes(body, notes, settings), *_links(body, notes),
        *_styles(parts, styles), *_headings(body, styles), *_tables(body), *_drawings(body),
        *_language(styles, body, lang), *_properties(parts["docProps/core.xml"], title, lang),
        *_page_numbers(parts),
    ]  # fmt: skip


def _order(root: etree._Element, where: str) -> list[str]:
    found = []
    for element in root.iter(*(w(name) for name in PLACES)):
        places = PLACES[tag(element)]
        kids = [tag(one) for one in element if isinstance(one.tag, str)]
        if tag(element) != "settings":  # of settings only the neighbourhood is listed
            found += [f"{where}: {kid} in {tag(element)}" for kid in kids if kid not in places]
        ranks = [places[kid] for kid in kids if kid in places]
        if ranks != sorted(ranks):
            found.append(f"{where}: order of {tag(element)}: {' '.join(kids)}")
    return found


def _relations(parts: dict[str, etree._Element], names: set[str]) -> list[str]:
    found, used = [], {}
    for name, root in parts.items():
        if not name.endswith(".rels"):
            continue
        base = posixpath.dirname(posixpath.dirname(name))
        ids = []
        for one in root.iter(f"{{{PACKAGE}}}Relationship"):
            ids.append(one.get("Id"))
            if one.get("TargetMode") == "External":
                continue
            target = posixpath.normpath(posixpath.join("/", base, one.get("Target"))).lstrip("/")
            if target not in names:
                found.append(f"{name}: {target} is not in the package")
        used[name] = set(ids)
        found += [f"{name}: {one} twice" for one, times in Counter(ids).items() if times > 1]
    for name, root in parts.items():
        held = used.get(f"{posixpath.dirname(name)}/_rels/{posixpath.basename(name)}.rels", set())
        asked = {
            value
            for element in root.iter()
            if isinstance(element.tag, str)
            for key, value in element.attrib.items()
            if key in (f"{{{R}}}id", f"{{{R}}}embed", f"{{{R}}}link")
        }
        found += [f"{name}: relation {one} is missing" for one in sorted(asked - held)]
    return found


def _types(root: etree._Element, names: list[str]) -> list[str]:
    usual = {one.get("Extension").lower() for one in root.iter(f"{{{TYPES}}}Default")}
    special = [one.get("PartName").lstrip("/") for one in root.iter(f"{{{TYPES}}}Override")]
    untyped = [
        name
        for name in names
        if name != "[Content_Types].xml"
        and name not in special
        and name.rpartition(".")[2].lower() not in usual
    ]
    return [
        *(f"no content type for {name}" for name in untyped),
        *(f"a content type for {name}, which is not there" for name in set(special) - set(names)),
        *(f"two content types for {name}" for name, n in Counter(special).items() if n > 1),
    ]


def _ids(body: etree._Element, notes: etree._Element) -> list[str]:
    marks = [one for root in (body, notes) for one in root.iter(w("bookmarkStart"))]
    ends = [one.get(w("id")) for root in (body, notes) for one in root.iter(w("bookmarkEnd"))]
    ids = [one.get(w("id")) for one in marks]
    names = [one.get(w("name")) for one in marks]
    drawn = [one.get("id") for one in body.iter(f"{{{WP}}}docPr")]
    found = [] if sorted(ids) == sorted(ends) else ["bookmarks that begin and do not end"]
    for what, told in (("bookmark id", ids), ("bookmark", names), ("drawing id", drawn)):
        found += [f"{what} {one} twice" for one, times in Counter(told).items() if times > 1]
    return found + [f"bookmark name too long: {one}" for one in names if len(one) > 40]


def _notes(body: etree._Element, notes: etree._Element, settings: etree._Element) -> list[str]:
    kinds = {one.get(w("id")): one.get(w("type")) for one in notes.iter(w("endnote"))}
    found = []
    if [kinds.get("-1"), kinds.get("0")] != ["separator", "continuationSeparator"]:
        found.append("endnotes have no separators")
    told = settings.find(w("endnotePr"))
    if told is None or {one.get(w("id")) for one in told.iter(w("endnote"))} != {"-1", "0"}:
        found.append("settings do not name the separators")
    asked = [one.get(w("id")) for one in body.iter(w("endnoteReference"))]
    held = [id for id, kind in kinds.items() if kind is None]
    if asked != held:
        found.append(f"{len(asked)} references to {len(held)} endnotes, or in another order")
    return found + [
        f"endnote {one.get(w('id'))} does not show its number"
        for one in notes.iter(w("endnote"))
        if one.get(w("type")) is None and one.find(f".//{w('endnoteRef')}") is None
    ]


def _links(body: etree._Element, notes: etree._Element) -> list[str]:
    marks = {one.get(w("name")) for root in (body, notes) for one in root.iter(w("bookmarkStart"))}
    asked = {one.get(w("anchor")) for one in body.iter(w("hyperlink"))}
    fields = {
        name
        for one in body.iter(w("fldSimple"))
        for name in re.findall(r"NOTEREF (\S+)", one.get(w("instr")))
    }
    begun = Counter(one.get(w("fldCharType")) for one in body.iter(w("fldChar")))
    found = [f"nothing is called {name}" for name in sorted((asked | fields) - marks)]
    return found if begun["begin"] == begun["end"] else [*found, "a field does not end"]


def _styles(parts: dict[str, etree._Element], styles: etree._Element) -> list[str]:
    held = {one.get(w("styleId")) for one in styles.iter(w("style"))}
    asked = {
        one.get(w("val"))
        for name, root in parts.items()
        if name.startswith("word/") and name.endswith(".xml")
        for one in root.iter(w("pStyle"), w("rStyle"), w("tblStyle"), w("basedOn"), w("next"))
    }
    ids = [one.get(w("styleId")) for one in styles.iter(w("style"))]
    twice = [f"style {one} twice" for one, times in Counter(ids).items() if times > 1]
    return [f"no style {one}" for one in sorted(asked - held)] + twice


def _headings(body: etree._Element, styles: etree._Element) -> list[str]:
    levels = {
        one.get(w("styleId")): int(found[1])
        for one in styles.iter(w("style"))
        if (found := re.fullmatch(r"[Hh]eading (\d)", one.find(w("name")).get(w("val"))))
    }
    shown = [
        levels[one.get(w("val"))] for one in body.iter(w("pStyle")) if one.get(w("val")) in levels
    ]
    found = [] if shown and shown[0] == 1 else ["the first heading is not of level 1"]
    return found + [f"heading {b} after {a}" for a, b in pairwise(shown) if b - a > 1]


def _tables(body: etree._Element) -> list[str]:
    found = []
    for number, table in enumerate(body.iter(w("tbl")), start=1):
        columns = len(list(table.find(w("tblGrid"))))
        rows = table.findall(w("tr"))
        if rows[0].find(f"{w('trPr')}/{w('tblHeader')}") is None:
            found.append(f"the header row of table {number} does not repeat")
        if not (table.find(f"{w('tblPr')}/{w('tblCaption')}").get(w("val")) or "").strip():
            found.append(f"table {number} has no title for a reader who cannot see it")
        for row in rows:
            cells = row.findall(w("tc"))
            if len(cells) != columns:
                found.append(f"table {number}: {len(cells)} cells in {columns} columns")
            found += [f"table {number}: a cell must end with a paragraph" for cell in cells
                      if tag(cell[-1]) != "p"]  # fmt: skip
    return found


def _drawings(body: etree._Element) -> list[str]:
    return [
        f"drawing {one.get('id')} has no alternative text"
        for one in body.iter(f"{{{WP}}}docPr")
        if not (one.get("descr") or "").strip()
    ]


def _language(styles: etree._Element, body: etree._Element, lang: str) -> list[str]:
    usual = styles.find(f"{w('docDefaults')}//{w('lang')}")
    normal = [
        one.find(f"{w('rPr')}/{w('lang')}")
        for one in styles.iter(w("style"))
        if one.get(w("default")) == "1" and one.get(w("type")) == "paragraph"
    ]
    told = [one for one in (usual, *normal) if one is not None]
    found = [] if told else ["no language is set"]
    held = (*told, *body.iter(w("lang")))
    return found + [f"language {one.get(w('val'))}" for one in held if one.get(w("val")) != lang]


def _properties(root: etree._Element, title: str, lang: str) -> list[str]:
    told = {tag(one): one.text for one in root}
    wanted = {"title": title, "language": lang, "creator": "Keruen"}
    return [f"{key} is {told.get(key)!r}" for key, one in wanted.items() if told.get(key) != one]


def _page_numbers(parts: dict[str, etree._Element]) -> list[str]:
    edges = [
        root for name, root in parts.items() if re.match(r"word/(header|footer)\d*\.xml", name)
    ]
    fields = [
        text
        for root in edges
        for one in root.iter(w("fldSimple"), w("instrText"))
        for text in (one.get(w("instr")) or one.text or "",)
    ]
    return [] if any("PAGE" in text.split() for text in fields) else ["pages have no numbers"]
