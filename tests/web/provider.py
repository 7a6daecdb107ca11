# SPDX-License-Identifier: Apache-2.0
"""A small directory on this machine: another party that speaks OpenID Connect, and can err."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "keruen-office", "s3cret & sign"


class Provider:
    """A directory with one person signed in to it."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.person: dict[str, Any] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published = [self.key]
        self.spoil: Callable[[dict[str, Any]], None] = lambda claims: None
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.error = ""
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server: uvicorn.Server | None = None

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def start(self) -> None:
        config = uvicorn.Config(self._app(), port=self.port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = None

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def describe() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/out",
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return KeySet(self.published).as_dict(private=False)

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            self.asked.append(asked)
            assert asked["response_type"] == "code"
            assert asked["client_id"] == CLIENT
            assert asked["code_challenge_method"] == "S256"
            assert "openid" in asked["scope"].split()
            back = f"{asked['redirect_uri']}?state={asked['state']}"
            if self.error:
                return RedirectResponse(f"{back}&error={self.error}")
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            return RedirectResponse(f"{back}&code={code}&iss={self.issuer}")

        @app.post("/token")
        def token(
            request: Request,
            code: str = Form(),
            redirect_uri: str = Form(),
            code_verifier: str = Form(),
        ) -> Response:
            pair = "keruen-office:s3cret%20%26%20sign"
            known = "Basic " + base64.b64encode(pair.encode()).decode()
            if request.headers.get("authorization") != known:
                return JSONResponse({"error": "invalid_client"}, status_code=401)
            asked = self._codes.pop(code, None)  # a code is good once
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked is None or (challenge, redirect_uri) != (
                asked["code_challenge"],
                asked["redirect_uri"],
            ):
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            now = int(time.time())
            claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
                      "nonce": asked["nonce"], **self.person}  # fmt: skip
            self.spoil(claims)
            return JSONResponse({"id_token": self.sign(claims), "token_type": "Bearer"})

        return app
