"""Whatever stands under `release:` and in the files it names: a release that can be shown and named again, or one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from goldfinch.bootstrap.release_content import ReleaseContent
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.releases.building import Origin
from goldfinch.core.releases.diff import differences
from goldfinch.core.releases.patterns import checked_path, matching
from goldfinch.core.releases.wording import described, listed
from goldfinch.settings import Settings

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
ORIGIN = Origin(datetime(2026, 1, 1, tzinfo=UTC), "Ada")
PATHS = st.sampled_from(
    ["a.md", "b/*.md", "**", "b", ".", "", "../x", "/etc/passwd", "no", "*", "[a", "b/**/c.md", "\x00", "?.md", "a//b", "~"]
)
GOOD = st.sampled_from(["a.md", "b/*.md", "b", ".", "*.md", "b/d.md", "a.md"])
paths = st.lists(PATHS | st.text(max_size=5), max_size=3)
few = st.lists(GOOD, min_size=1, max_size=2) | st.lists(GOOD, min_size=1, max_size=2) | st.lists(PATHS, min_size=1, max_size=2)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(["sk-abcdefgh1234", "${X}", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4) | st.sampled_from(["token", "api_key"]), inner, max_size=2)
    ),
    max_leaves=6,
)
digests = st.sampled_from(["sha256:" + "1" * 64, "sha256:1", "", "latest"])
names = st.text(min_size=1, max_size=5)
plausible = st.fixed_dictionaries(
    {},
    optional={
        "code": st.none() | st.fixed_dictionaries({}, optional={"paths": few, "exclude": few}),
        "image": st.none() | (st.just("sha256:" + "2" * 64) | digests).map(lambda digest: f"agent@{digest}"),
        "prompts": few,
        "model": st.fixed_dictionaries({"id": names}, optional={"parameters": st.dictionaries(st.text(max_size=4), values)}),
        "tools": st.fixed_dictionaries({}, optional={"files": few, "document": GOOD | PATHS}),
        "index": st.fixed_dictionaries({"name": names}, optional={"digest": st.just("sha256:" + "2" * 64) | digests, "alias": names}),
        "memory_schema": names,
    },
)
sections = plausible | plausible | st.dictionaries(st.sampled_from(["code", "model", "prompts", "tools", "x"]), values) | values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    for path, written in {"a.md": b"Be kind.\n", "b/c.md": b"\xff\x00", "b/d.md": b"sk-abcdefgh1234\n", "no": b"[" * 3000}.items():
        (tmp_path / path).write_bytes(written)
    return tmp_path


def test_any_section_makes_a_release_or_one_line(folder: Path, fuzz: Fuzz) -> None:
    made = []

    @fuzz(300, sections)
    def check(section: Any) -> None:
        file = folder / "goldfinch.yaml"
        file.write_text(json.dumps({"release": section}))
        with suppress(GoldfinchError):
            release = ReleaseContent(load_settings(file)).release(ORIGIN, allow_dirty=True)
            again = ReleaseContent(load_settings(file)).release(ORIGIN, allow_dirty=True)
            assert release == again
            assert differences(release, again) == ()
            assert described(release, None)
            assert listed(release, None)
            assert "sk-abcdefgh1234" not in json.dumps([dict(component.content) for component in release.components])
            made.append(release.id)

    assert len(set(made)) > 10


def test_any_parameters_are_hashed_the_same_in_any_order_or_refused(folder: Path, fuzz: Fuzz) -> None:
    @fuzz(100, st.dictionaries(st.text(max_size=4), values, max_size=4))
    def check(parameters: dict[str, Any]) -> None:
        ids = set()
        for ordered in (parameters, dict(reversed(parameters.items()))):
            settings = Settings.model_validate({"release": {"model": {"id": "m", "parameters": ordered}}})
            with suppress(GoldfinchError):
                ids.add(ReleaseContent(LoadedSettings(settings, folder)).release(ORIGIN, allow_dirty=True).id)
        assert len(ids) <= 1


def test_any_bytes_as_a_tool_document_are_a_document_or_one_line(folder: Path, fuzz: Fuzz) -> None:
    settings = Settings.model_validate({"release": {"tools": {"document": "tools.json"}}})

    @fuzz(100, st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode("utf-8", "replace")) | st.just(b"[" * 100_000))
    def check(written: bytes) -> None:
        (folder / "tools.json").write_bytes(written)
        with suppress(GoldfinchError):
            ReleaseContent(LoadedSettings(settings, folder)).release(ORIGIN, allow_dirty=True)


def test_any_pattern_takes_linear_time_and_matches_only_what_is_there(fuzz: Fuzz) -> None:
    there = ["a.md", "b/c.md", "b/d/e.md", "x" * 200]

    @fuzz(300, st.text(st.sampled_from("*?/ab.[]\\"), max_size=40))
    def check(pattern: str) -> None:
        with suppress(GoldfinchError):
            assert set(matching(there, checked_path(pattern, "x"))) <= {*there}
