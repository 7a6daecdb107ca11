# SPDX-License-Identifier: Apache-2.0
"""Draw the pictures of ``docs/gallery.md`` anew: ``python scripts/gallery.py``.

Each picture is the one that the country's profile shows, in English.
"""

from __future__ import annotations

from pathlib import Path

from keruen.report.build import Desk
from keruen.report.locale import Locale
from keruen.report.parts import contribution, projection, regions_ahead

COUNTRIES = ("KAZ", "DEU", "ARE", "NER")
PICTURES = {
    "projected": "total",
    "pyramid_2050": "pyramid-2050",
    "contribution": "migration",
    "regions_working_age": "regions",
}
OUT = Path(__file__).parents[1] / "docs" / "pictures"


def main() -> None:
    """Write one SVG a country and question."""
    for country in COUNTRIES:
        desk = Desk(country)
        for part in (projection, contribution, regions_ahead):
            for exhibit in part.section(desk).exhibits:
                name = PICTURES.get(exhibit.table.id)
                if name and exhibit.draw:
                    file = OUT / f"{country.lower()}-{name}-en.svg"
                    file.write_text(exhibit.draw(Locale("en")), encoding="utf-8")
                    print(file.name)


if __name__ == "__main__":
    main()
