# SPDX-License-Identifier: Apache-2.0
"""The application put together: pages, what is served beside them, and how faults look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from keruen import __version__, report
from keruen.core.errors import WorkbenchError
from keruen.report.locale import msg
from keruen.web import guard
from keruen.web.api import create_api
from keruen.web.office import open_office
from keruen.web.pages import ROUTERS
from keruen.web.settings import Settings
from keruen.web.troubles import said
from keruen.web.view import locale_of, page

STATIC: Final = Path(__file__).parent / "static"
FONTS: Final = Path(report.__file__).parent / "fonts"


def create_app(settings: Settings) -> FastAPI:
    """The application over a data folder.

    Parameters
    ----------
    settings : Settings
        Settings.

    Returns
    -------
    FastAPI

    Raises
    ------
    FileError
        The data folder or the database cannot be used.
    """
    office = open_office(settings)

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        office.jobs.start()
        yield
        office.jobs.stop()
        office.engine.dispose()

    app = FastAPI(title="Keruen", version=__version__, lifespan=alive, openapi_url=None)
    app.state.office = office
    app.middleware("http")(guard.watch)
    app.mount("/static/fonts", StaticFiles(directory=FONTS), name="fonts")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/api", create_api(office))
    _faults(app)
    return app


def _faults(app: FastAPI) -> None:
    """Faults as pages in the reader's language, never as a traceback."""

    @app.exception_handler(guard.SignInError)
    def sign_in(request: Request, _: Exception) -> Response:
        return guard.to_sign_in(request)

    @app.exception_handler(guard.RoleError)
    def role(request: Request, _: Exception) -> Response:
        what = msg("Your account may not see this page.")
        return page(request, "fault.html", status=403, what=what, remedy="")

    @app.exception_handler(guard.FormError)
    def form(request: Request, _: Exception) -> Response:
        what = msg("This form is too old. Open the page again and send it once more.")
        return page(request, "fault.html", status=403, what=what, remedy="")

    @app.exception_handler(WorkbenchError)
    def fault(request: Request, fault: WorkbenchError) -> Response:
        return page(
            request, "fault.html", status=422, what=said(fault, locale_of(request)), remedy=""
        )

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, _: Exception) -> Response:
        what = msg("The address or the form holds a value that cannot be.")
        return page(request, "fault.html", status=422, what=what, remedy="")

    @app.exception_handler(HTTPException)
    def other(request: Request, fault: HTTPException) -> Response:
        what = msg("There is no such page.") if fault.status_code == 404 else str(fault.detail)
        return page(request, "fault.html", status=fault.status_code, what=what, remedy="")
