from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from goldfinch.adapters.reports.html import assets

FOLDER = files("goldfinch.adapters.reports.html")


def test_every_file_of_the_page_is_part_of_it() -> None:
    scripts = {entry.name.removesuffix(".js") for entry in FOLDER.joinpath("js").iterdir()}
    assert set(assets.modules()) == scripts
    for sheet in FOLDER.joinpath("css").iterdir():
        assert sheet.read_text(encoding="utf-8") in assets.style()


def test_modules_stand_after_what_they_import_and_no_import_or_export_is_left() -> None:
    order = list(assets.modules())
    for name, source in assets.modules().items():
        for imported in re.findall(r'from "\./(\w+)\.js"', source):
            assert order.index(imported) < order.index(name)
    assert not re.search(r"^\s*(?:import|export)\b", assets.script(), re.MULTILINE)


def test_every_name_that_is_imported_is_exported() -> None:
    for name, source in assets.modules().items():
        for names, module in re.findall(r'import \{([^}]*)\} from "\./(\w+)\.js"', source):
            exported = set(re.findall(r"^export (?:const|function) (\w+)", assets.modules()[module], re.MULTILINE))
            assert {word.strip() for word in names.split(",")} <= exported, (name, module)


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    directives = dict(part.strip().split(" ", 1) for part in assets.policy().split(";"))
    expected = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for name, text in (("script-src", assets.script()), ("style-src", assets.style())):
        expected[name] = f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert directives == expected


def test_nothing_of_ours_ends_its_element_or_parses_data_as_html() -> None:
    assert not re.search(r"</?script|<!--|</style", assets.script() + assets.style(), re.IGNORECASE)
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setHTML"
    assert not re.search(forbidden, assets.script())
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", assets.script() + assets.style())


def test_the_template_marks_nothing_as_safe_by_itself() -> None:
    assert not re.search(r"\|\s*safe|% autoescape|\son[a-z]+=|style=", assets.template())
