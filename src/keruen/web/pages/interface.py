# SPDX-License-Identifier: Apache-2.0
"""The HTTP interface told to people: every address, its parameters and forms."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from keruen.web.api import description
from keruen.web.guard import Viewer
from keruen.web.view import page

router = APIRouter()


@router.get("/api")
def show(request: Request, visitor: Viewer) -> Response:  # noqa: ARG001
    """The interface as a page, from its own description."""
    told = description()
    routes = [_route(path, one["get"]) for path, one in told["paths"].items()]
    return page(request, "interface.html", routes=routes)


def _route(path: str, one: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": given["name"],
            "required": given["required"],
            "values": given["schema"].get("enum", []),
            "default": given["schema"].get("default", ""),
        }
        for given in one.get("parameters", [])
    ]
    text = one["description"].split("``")  # every second part is code
    return {"path": f"/api{path}", "text": text, "parameters": parameters}
