# SPDX-License-Identifier: Apache-2.0
"""Documentation of public functions as headed sections and blocks, to be shown as a page.

It knows what our documentation uses and no more: sections with a ruled heading, definitions,
paragraphs, lists, formulas and examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Final, Literal

DEFINED: Final = ("Parameters", "Returns", "Yields", "Raises", "Warns", "Attributes", "See Also")
"""Sections that hold definitions: a name, and an indented text."""

_ALSO: Final = "See Also"

Kind = Literal["text", "list", "code", "definition"]
_HEADING: Final = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_BULLET: Final = ("- ", "* ")
_EXAMPLE: Final = (">>> ", "... ")


@dataclass(frozen=True)
class Block:
    """A piece of documentation.

    Parameters
    ----------
    kind : {"text", "list", "code", "definition"}
        What it is.
    lines : tuple of str
        A paragraph as one line, items of a list, or lines of code; of a definition the texts.
    head : str
        What a definition defines.
    """

    kind: Kind
    lines: tuple[str, ...]
    head: str = ""


@dataclass(frozen=True)
class Documented:
    """Documentation of a function.

    Parameters
    ----------
    summary : str
        Its first line.
    sections : tuple of (str, tuple of Block)
        Heading and blocks; the first, without a heading, may be empty.
    """

    summary: str
    sections: tuple[tuple[str, tuple[Block, ...]], ...]

    def section(self, heading: str) -> tuple[Block, ...]:
        """Blocks of a section; none when it is not there."""
        return next((blocks for name, blocks in self.sections if name == heading), ())


def read_docstring(text: str) -> Documented:
    """Documentation as sections.

    Parameters
    ----------
    text : str
        Documentation as it stands in the code.

    Returns
    -------
    Documented

    Examples
    --------
    >>> told = read_docstring("Sum of two.\\n\\nNotes\\n-----\\n``a + b``. Plain.")
    >>> told.summary, told.section("Notes")[0].lines
    ('Sum of two.', ('``a + b``. Plain.',))
    """
    clean = cleandoc(text)
    summary, _, rest = clean.partition("\n\n")
    parts = _HEADING.split("\n" + rest)
    sections = [("", tuple(_blocks(parts[0])))]
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        if heading == _ALSO:
            read = [_named(one) for one in _definitions(body)]
        else:
            read = list(_definitions(body) if heading in DEFINED else _blocks(body))
        sections.append((heading, tuple(read)))
    return Documented(" ".join(summary.split()), tuple(sections))


def _definitions(body: str) -> Iterator[Block]:
    """Names at the margin, each with the indented lines below it."""
    head, lines = "", list[str]()
    for line in [*body.strip("\n").splitlines(), ""]:
        if line and not line.startswith(" "):
            if head:
                yield _defined(head, lines)
            head, lines = line, []
        else:
            lines.append(line.strip())
    if head:
        yield _defined(head, lines)


def _named(block: Block) -> Block:
    """Other functions, with the text that stands after a colon."""
    name, _, text = block.head.partition(" : ")
    return Block("definition", (" ".join([text, *block.lines]).strip(),), name)


def _defined(head: str, lines: list[str]) -> Block:
    return Block("definition", (" ".join(" ".join(lines).split()),), head)


def _blocks(body: str) -> Iterator[Block]:
    """Paragraphs, lists, formulas and examples, in their order."""
    literal = False
    for part in re.split(r"\n[ \t]*\n", body.strip("\n")):
        lines = part.splitlines()
        if not part.strip():
            continue
        indented = all(line.startswith("    ") for line in lines)
        if lines[0].lstrip().startswith(_EXAMPLE) or (literal and indented):
            yield Block("code", tuple(cleandoc("\n".join(lines)).splitlines()))
        elif lines[0].lstrip().startswith(_BULLET):
            yield Block("list", tuple(_items(lines)))
        else:
            yield Block("text", (" ".join(part.split()).replace("::", ":"),))
        literal = part.rstrip().endswith("::") or (literal and indented)


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if line.lstrip().startswith(_BULLET):
            items.append(line.strip()[2:])
        else:
            items[-1] += " " + line.strip()
    return items
