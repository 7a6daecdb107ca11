# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML file that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping

from keruen.core.origin import Source
from keruen.report.document import Figure, Report
from keruen.report.locale import Locale
from keruen.report.spoken import spoken


def render_html(report: Report, locale: Locale, sources: Mapping[str, Source]) -> str:
    """The report as one self-contained page.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        In which language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.

    Returns
    -------
    str
        HTML with drawings as SVG inside, no script and no outside address to load. Every
        figure is a button that opens what explains it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("keruen.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["figure"] = lambda cell: isinstance(cell, Figure)
    used = [sources[name] for name in report.sources()]
    return environment.get_template("report.html").render(
        report=report, page=spoken(report, locale, sources), used=used
    )
