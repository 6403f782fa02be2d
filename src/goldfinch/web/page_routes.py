"""The page: files of ours and no other, without a build step. They hold nothing of anybody, so they are public; the rest needs a token."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response

_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/assets/rollout.css": ("rollout.css", "text/css"),
    "/assets/rollout.js": ("rollout.js", "text/javascript"),
    "/assets/screen.js": ("screen.js", "text/javascript"),
    "/assets/drawing.js": ("drawing.js", "text/javascript"),
    "/assets/words.js": ("words.js", "text/javascript"),
    "/assets/goldfinch.svg": ("goldfinch.svg", "image/svg+xml"),
}


def page_routes() -> APIRouter:
    """Read once, when the server starts."""
    router = APIRouter()
    folder = files("goldfinch.web") / "page"
    for path, (name, kind) in _FILES.items():
        _add(router, path, (folder / name).read_bytes(), kind)
    return router


def _add(router: APIRouter, path: str, content: bytes, kind: str) -> None:
    tag = f'"{sha256(content).hexdigest()[:20]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    @router.get(path)
    def one_file(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=kind)
