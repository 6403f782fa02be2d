"""The page of a comparison is made like the page of a run: its own script and style, and nothing else from anywhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from goldfinch.adapters.reports.html import assets

FOLDER = files("goldfinch.adapters.reports.html")
PAGE = assets.CHANGES_PAGE


def test_every_file_of_the_page_is_part_of_it() -> None:
    own = {entry.name.removesuffix(".js") for entry in FOLDER.joinpath("changes").iterdir() if entry.name.endswith(".js")}
    assert own <= set(assets.modules(PAGE))
    assert FOLDER.joinpath("changes", "changes.css").read_text(encoding="utf-8") in assets.style(PAGE)


def test_no_module_stands_for_another_of_the_same_name() -> None:
    own = {entry.name for entry in FOLDER.joinpath("changes").iterdir()}
    assert own.isdisjoint({entry.name for entry in FOLDER.joinpath("js").iterdir()})


def test_modules_stand_after_what_they_import_and_every_name_is_exported() -> None:
    sources = assets.modules(PAGE)
    order = list(sources)
    for name, source in sources.items():
        for names, module in re.findall(r'import \{([^}]*)\} from "(?:\./|\.\./js/)(\w+)\.js"', source):
            assert order.index(module) < order.index(name)
            exported = set(re.findall(r"^export (?:const|function) (\w+)", sources[module], re.MULTILINE))
            assert {word.strip() for word in names.split(",")} <= exported, (name, module)
    assert not re.search(r"^\s*(?:import|export)\b", assets.script(PAGE), re.MULTILINE)


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    directives = dict(part.strip().split(" ", 1) for part in assets.policy(PAGE).split(";"))
    expected = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for name, text in (("script-src", assets.script(PAGE)), ("style-src", assets.style(PAGE))):
        expected[name] = f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert directives == expected


def test_nothing_of_ours_ends_its_element_or_parses_data_as_html() -> None:
    ours = assets.script(PAGE) + assets.style(PAGE)
    assert not re.search(r"</?script|<!--|</style", ours, re.IGNORECASE)
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setHTML"
    assert not re.search(forbidden, assets.script(PAGE))
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", ours)
    assert not re.search(r"\|\s*safe|% autoescape|\son[a-z]+=|style=", assets.template(PAGE))
