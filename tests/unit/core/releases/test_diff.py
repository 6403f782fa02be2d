from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.releases.building import (
    FileSet,
    Origin,
    of_files,
    of_image,
    of_index,
    of_model,
    of_tools,
    of_values,
    release_of,
)
from goldfinch.core.releases.diff import differences, in_one_line
from goldfinch.core.releases.hashing import sha256_of
from goldfinch.core.releases.release import Component, ComponentKind, Release
from goldfinch.core.releases.wording import described, listed
from goldfinch.testing.hostile_text import HOSTILE_TEXTS

ORIGIN = Origin(datetime(2026, 1, 1, tzinfo=UTC), "Ada", tags=("v1",))
MODEL = of_model("gpt-4o-mini", {"temperature": 0.2})


def made(*components: Component) -> Release:
    return release_of(components, ORIGIN)


def prompts(**texts: str) -> Component:
    return of_files(
        ComponentKind.PROMPTS,
        FileSet(
            {f"{name}.md": sha256_of(text.encode()) for name, text in texts.items()}, {f"{name}.md": text for name, text in texts.items()}
        ),
    )


def words(old: Release, new: Release) -> list[str]:
    return [difference.words for difference in differences(old, new)]


def code(**files: str) -> Component:
    return of_files(ComponentKind.CODE, FileSet(files))


def test_the_line_of_the_issue() -> None:
    before = "Be kind.\nAnswer in one sentence.\nNever guess.\nSign as Ada.\n"
    after = "Be kind.\nAnswer briefly.\nSay where it is from.\nNever ever guess.\nSign as Ada.\n"
    old = made(prompts(support=before), MODEL, code(**{f"f{n}": "sha256:1" for n in range(20)}))
    new = made(
        prompts(support=after),
        of_model("gpt-4.1", {"temperature": 0.7}),
        code(**{f"f{n}": "sha256:2" if n < 12 else "sha256:1" for n in range(20)}),
    )
    assert in_one_line(differences(old, new)) == (
        "prompt support.md: 3 lines changed, model: gpt-4o-mini -> gpt-4.1, temperature 0.2 -> 0.7, code: 12 files"
    )


def test_equal_releases_differ_in_nothing() -> None:
    assert differences(made(MODEL), made(MODEL)) == ()
    assert in_one_line(()) == "nothing differs"


def test_prompts_that_come_and_go_are_named_with_their_size() -> None:
    assert words(made(prompts(a="1\n2\n", b="x")), made(prompts(b="x", c="1"))) == [
        "prompt a.md: removed (2 lines)",
        "prompt c.md: added (1 line)",
    ]


def test_the_lines_of_a_prompt_are_shown_as_a_unified_diff() -> None:
    (difference,) = differences(made(prompts(a="one\ntwo\n")), made(prompts(a="one\nthree\n")))
    assert difference.lines == ("--- a.md (before)", "+++ a.md (after)", "@@ -1,2 +1,2 @@", " one", "-two", "+three")


def test_a_prompt_without_a_stored_text_changed_and_nothing_more() -> None:
    long = of_files(ComponentKind.PROMPTS, FileSet({"a.md": "sha256:1"}))
    other = of_files(ComponentKind.PROMPTS, FileSet({"a.md": "sha256:2"}))
    assert words(made(long), made(other)) == ["prompt a.md: changed"]


def test_what_differs_only_where_it_is_masked_is_said_to_differ() -> None:
    one, other = (of_files(ComponentKind.PROMPTS, FileSet({"a": digest}, {"a": "[redacted]"})) for digest in ("sha256:1", "sha256:2"))
    assert words(made(one), made(other)) == ["prompt a: changed, though no line that is stored differs"]


def test_very_long_prompts_are_counted_and_not_compared_line_by_line() -> None:
    lines = [f"line {number % 7}" for number in range(5000)]
    (difference,) = differences(made(prompts(a="\n".join(lines))), made(prompts(a="\n".join([*lines, "one more"]))))
    assert (difference.words, difference.lines) == ("prompt a.md: 1 line changed, too long to show", ())


def test_files_of_the_code_are_counted() -> None:
    assert words(made(code(a="1", b="1", c="1")), made(code(b="2", c="1", d="1", e="1"))) == ["code: 4 files (2 added, 1 removed)"]


def test_every_other_component_is_shown_by_its_values() -> None:
    old = made(
        MODEL,
        of_index("docs", None, "live"),
        of_values(ComponentKind.MEMORY_SCHEMA, {"version": "3"}),
        of_values(ComponentKind.JUDGE, {"votes": 1, "model": {"model": "small"}}),
        of_values(ComponentKind.POLICY, {"policy_hash": "policy-1", "thresholds": {"ai_quality": {"min_pass_rate": 0.85}}}),
        of_image("agent@sha256:" + "a" * 64, ""),
        of_tools(FileSet({"search.py": "sha256:1"}), {"search": {"a": 1}, "pay": {"a": 1}}),
    )
    new = made(
        of_model("gpt-4o-mini", {"max_tokens": 500}),
        of_index("docs", "sha256:" + "1" * 64, "live"),
        of_values(ComponentKind.MEMORY_SCHEMA, {"version": "4"}),
        of_values(ComponentKind.JUDGE, {"votes": 3, "model": {"model": "large"}}),
        of_values(ComponentKind.POLICY, {"policy_hash": "policy-2", "thresholds": {"ai_quality": {"min_pass_rate": 0.9}}}),
        of_image("agent@sha256:" + "b" * 64, ""),
        of_tools(FileSet({"search.py": "sha256:2"}), {"search": {"a": 2}, "refund": {}}),
    )
    assert words(old, new) == [
        "model: max_tokens unset -> 500, temperature 0.2 -> unset",
        "tool search.py: changed",
        "tool pay: removed",
        "tool refund: added",
        "tool search: changed",
        f"image: {'a' * 12} -> {'b' * 12}",
        f"index: digest unset -> sha256:{'1' * 52}…",
        "memory schema: version 3 -> 4",
        "judge: model.model small -> large, votes 1 -> 3",
        "policy: ai_quality.min_pass_rate 0.85 -> 0.9",
    ]


def test_components_that_come_and_go_are_named() -> None:
    assert words(made(MODEL), made(MODEL, code(a="1", b="1"))) == ["code: added (2 files)"]
    assert words(made(MODEL, of_values(ComponentKind.MEMORY_SCHEMA, {"version": "3"})), made(MODEL)) == ["memory schema: removed"]


texts = st.text(max_size=60)


@given(st.dictionaries(st.sampled_from("abc"), texts, max_size=3), st.dictionaries(st.sampled_from("abc"), texts, max_size=3))
def test_two_releases_differ_in_something_exactly_where_their_names_do(before: dict[str, str], after: dict[str, str]) -> None:
    old, new = made(MODEL, prompts(**_encodable(before))), made(MODEL, prompts(**_encodable(after)))
    assert bool(differences(old, new)) == (old.id != new.id)


def _encodable(texts: dict[str, str]) -> dict[str, str]:
    return {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}


@pytest.mark.parametrize("text", list(HOSTILE_TEXTS.values()))
def test_hostile_prompts_parameters_and_names_pass_through_whole(text: str) -> None:
    """Escaping is the sink's business (tests/unit/cli/test_release.py): here nothing may get lost or fail."""
    harmless = text.encode("utf-8", "replace").decode()
    new = made(of_model(harmless or "m", {"temperature": harmless}), prompts(a=harmless))
    found: Any = differences(made(MODEL, prompts(a="plain")), new)
    assert found
    assert described(new, None)
    assert listed(new, None)
