# SPDX-License-Identifier: Apache-2.0
"""Pages that the reports make, with a bar of choices over them."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from keruen.web.view import page


def framed(request: Request, html: str, bar: str, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - facts of any kind
    """A page of a report under a bar: the way back, choices, and languages.

    Parameters
    ----------
    request : Request
        Request.
    html : str
        The page, as the command line would write it.
    bar : str
        Template of the bar, which extends ``bar.html``.
    **facts
        What the template asks for.

    Returns
    -------
    HTMLResponse
    """
    above = page(request, bar, **facts)
    told = bytes(above.body).decode()
    style = '<link rel="stylesheet" href="/static/bar.css">\n</head>'
    html = html.replace("</head>", style, 1).replace("<body>", f"<body>\n{told}", 1)
    answer = HTMLResponse(html.replace("<main>", '<main id="main" tabindex="-1">', 1))
    for cookie in above.headers.getlist("set-cookie"):
        answer.headers.append("set-cookie", cookie)
    return answer
