"""The page's style and script: read from their files, joined, and named to the browser by their hashes."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

_STYLES = ("tokens", "overview", "cases", "media")
_ENTRY = "main"
_IMPORT = re.compile(r'^import (?P<names>\{[^}]*\}) from "\./(?P<module>[a-z]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function) (?P<name>\w+))", re.MULTILINE)


@cache
def style() -> str:
    """All style sheets, in order."""
    return "\n".join(_read("css", f"{name}.css") for name in _STYLES)


@cache
def script() -> str:
    """The modules as one script, each a function of its own, dependencies first. No build step: unjoined, they work as they are."""
    return "\n".join(scoped(name, source) for name, source in modules().items())


def modules() -> dict[str, str]:
    """Source by name, dependencies first."""
    found: dict[str, str] = {}
    _visit(_ENTRY, found)
    return found


def template() -> str:
    """The page around them, in Jinja2."""
    return _read("page.html.jinja")


def policy() -> str:
    """The Content-Security-Policy: this script and this style, and nothing else from anywhere (REQUIREMENTS T1)."""
    return policy_for(script(), style())


def policy_for(script: str, style: str) -> str:
    """The policy of a page that has just this script and this style."""
    return f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"


def _visit(name: str, found: dict[str, str]) -> None:
    source = _read("js", f"{name}.js")
    for match in _IMPORT.finditer(source):
        if match["module"] not in found:
            _visit(match["module"], found)
    found[name] = source


def scoped(name: str, source: str) -> str:
    """A module as a constant that holds what it exports."""
    exported = ", ".join(match["name"] for match in _EXPORT.finditer(source))
    body = _EXPORT.sub("", _IMPORT.sub(r"const \g<names> = \g<module>Module;", source))
    return f"const {name}Module = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read(*path: str) -> str:
    return files(__package__).joinpath(*path).read_text(encoding="utf-8")
