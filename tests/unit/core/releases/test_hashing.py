from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.releases.building import FileSet, Origin, of_files, of_image, of_index, of_model, of_tools, of_values, release_of
from goldfinch.core.releases.failures import BadReleaseName, NotReleasable
from goldfinch.core.releases.hashing import MAX_DEPTH, digest_of, plain, release_digest
from goldfinch.core.releases.release import Component, ComponentKind, Release

ORIGIN = Origin(datetime(2026, 1, 1, tzinfo=UTC), "Ada")
IMAGE = "ghcr.io/acme/agent@sha256:" + "ab" * 32


def every_component(**changed: Any) -> list[Component]:
    given: dict[str, Any] = {
        "code": {"src/a.py": "sha256:1"},
        "prompts": {"support.md": "sha256:2"},
        "image": IMAGE,
        "model": "gpt-4.1",
        "temperature": 0.2,
        "tools": {"search": {"type": "object"}},
        "index": "v7",
        "memory": "3",
        "judge": 1,
        "policy": "policy-1",
    } | changed
    return [
        of_files(ComponentKind.CODE, FileSet(given["code"])),
        of_files(ComponentKind.PROMPTS, FileSet(given["prompts"], texts={"support.md": "Be kind."})),
        of_image(given["image"], "release.image"),
        of_model(given["model"], {"temperature": given["temperature"]}),
        of_tools(FileSet({}), given["tools"]),
        of_index("docs", None, given["index"]),
        of_values(ComponentKind.MEMORY_SCHEMA, {"version": given["memory"]}),
        of_values(ComponentKind.JUDGE, {"votes": given["judge"]}),
        of_values(ComponentKind.POLICY, {"policy_hash": given["policy"]}),
    ]


def release(components: list[Component]) -> Release:
    return release_of(components, ORIGIN)


@given(st.permutations(every_component()))
def test_the_order_of_components_does_not_count(components: list[Component]) -> None:
    assert release(components) == release(every_component())


@given(st.dictionaries(st.text(max_size=5), st.sampled_from(["sha256:1", "sha256:2", "link:a"]), max_size=6), st.randoms())
def test_the_order_in_which_files_are_found_does_not_count(files: dict[str, str], random: Any) -> None:
    shuffled = list(files.items())
    random.shuffle(shuffled)
    assert of_files(ComponentKind.CODE, FileSet(dict(shuffled))).digest == of_files(ComponentKind.CODE, FileSet(files)).digest


@pytest.mark.parametrize(
    "changed",
    [
        {"code": {"src/a.py": "sha256:9"}},
        {"code": {"src/b.py": "sha256:1"}},
        {"code": {"src/a.py": "link:sha256:1"}},
        {"prompts": {"support.md": "sha256:9"}},
        {"image": "ghcr.io/acme/agent@sha256:" + "cd" * 32},
        {"model": "gpt-4o"},
        {"temperature": 0.3},
        {"tools": {"search": {"type": "string"}}},
        {"index": "v8"},
        {"memory": "4"},
        {"judge": 3},
        {"policy": "policy-2"},
    ],
)
def test_each_component_changes_the_name(changed: dict[str, Any]) -> None:
    before, after = release(every_component()), release(every_component(**changed))
    assert before.id != after.id
    different = [old.kind for old, new in zip(before.components, after.components, strict=True) if old.digest != new.digest]
    assert len(different) == 1


@pytest.mark.parametrize("left_out", range(9))
def test_a_component_that_is_left_out_changes_the_name(left_out: int) -> None:
    components = every_component()
    del components[left_out]
    assert release(components).id != release(every_component()).id


def test_who_made_it_when_and_under_which_names_does_not_count() -> None:
    other = Origin(datetime(2027, 5, 1, tzinfo=UTC), "Grace", git_sha="f" * 40, tags=("v2",))
    assert release_of(every_component(), other).id == release(every_component()).id


def test_where_an_image_lies_and_what_only_explains_does_not_count() -> None:
    elsewhere = release(every_component(image="mirror.local/agent@sha256:" + "ab" * 32))
    assert elsewhere.digest == release(every_component()).digest
    marked = of_files(ComponentKind.PROMPTS, FileSet({"a": "sha256:1"}, texts={"a": "hi"}, uncommitted=("a",)))
    assert marked.digest == of_files(ComponentKind.PROMPTS, FileSet({"a": "sha256:1"})).digest
    assert marked.content["notes"] == ["not committed when it was made: a"]


def test_the_name_can_be_computed_by_hand() -> None:
    """As docs/guides/releases.md says: nothing but JSON and SHA-256."""

    def digest(value: Any) -> str:
        return "sha256:" + sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()

    made = release(every_component())
    by_kind = {}
    for component in made.components:
        hashed = {key: value for key, value in component.content.items() if key not in ("texts", "notes", "repository")}
        by_kind[component.kind.value] = component.digest if component.kind is ComponentKind.IMAGE else digest(hashed)
    whole = digest({"scheme": 1, "components": by_kind})
    assert whole == made.digest
    assert made.id == "rel_" + whole[7:23]


def test_the_scheme_stays() -> None:
    """A release keeps its name over versions of Goldfinch: a change here is a new scheme."""
    assert release(every_component()).id == "rel_a5c8638187d877e3"


def test_two_components_of_one_kind_are_a_defect() -> None:
    with pytest.raises(ValueError, match="one component"):
        release_digest([*every_component(), every_component()[0]])


def test_how_a_tool_document_is_laid_out_does_not_count() -> None:
    search = {"type": "function", "function": {"name": "search", "parameters": {"a": 1, "b": 2.0}}}
    pay = {"type": "function", "function": {"name": "pay"}}
    again = {"function": {"parameters": {"b": 2, "a": 1}, "name": "search"}, "type": "function"}
    assert of_tools(FileSet({}), [search, pay]).digest == of_tools(FileSet({}), {"tools": [pay, again]}).digest
    assert set(of_tools(FileSet({}), [search, pay]).content["schemas"]) == {"search", "pay"}


@pytest.mark.parametrize("document", [{"$schema": "x", "type": {}}, ["a"], [{"name": "a"}, {"name": "a"}], "text", 7, [], {}])
def test_a_document_without_names_is_one_tool_of_none(document: Any) -> None:
    names = set(of_tools(FileSet({}), document).content["schemas"])
    assert names in ({""}, set())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=3)
    ),
)


@given(json_values)
def test_whatever_json_can_say_has_a_digest_that_survives_json(value: Any) -> None:
    kept = json.loads(json.dumps(plain(value, "x")))
    assert digest_of({"value": value}) == digest_of({"value": kept})


def test_whole_numbers_have_one_form() -> None:
    assert digest_of({"a": 1.0}) == digest_of({"a": 1}) != digest_of({"a": True})
    assert digest_of({"a": -0.0}) == digest_of({"a": 0})


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (float("nan"), "is nan"),
        (float("inf"), "is inf"),
        (date(2026, 1, 1), "is a date"),
        ({1: 2}, "has a key that is no text but int"),
        (b"x", "is a bytes"),
        ({"a", "b"}, "is a set"),
        ("\ud800", "half a character"),
        ({"\ud800": 1}, "half a character"),
    ],
)
def test_what_json_cannot_say_is_refused_by_its_place(value: Any, what: str) -> None:
    with pytest.raises(NotReleasable, match=r"release\.model\.parameters\.x") as refused:
        of_model("gpt-4.1", {"x": value})
    assert what in str(refused.value)
    assert refused.value.code == "E2711"


def test_a_value_that_is_nested_without_end_is_refused() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH + 5):
        deep = [deep]
    with pytest.raises(NotReleasable, match="nested deeper"):
        of_model("gpt-4.1", {"x": deep})


@pytest.mark.parametrize(
    ("image", "what"),
    [
        ("ghcr.io/acme/agent:latest", "named by a tag"),
        ("ghcr.io/acme/agent", "named by a tag"),
        ("ghcr.io/acme/agent@sha256:abc", "not sha256: and 64 digits"),
        ("@sha256:" + "ab" * 32, "named by a tag"),
        ("", "named by a tag"),
        ("a b@sha256:" + "ab" * 32, "not sha256"),
        ("agent@sha256:" + "AB" * 32, "not sha256"),
    ],
)
def test_an_image_without_a_digest_is_refused(image: str, what: str) -> None:
    with pytest.raises(NotReleasable, match=what) as refused:
        of_image(image, "release.image")
    assert refused.value.code == "E2709"


def test_an_index_by_its_alias_alone_is_marked_and_by_nothing_refused() -> None:
    assert "named by its alias live alone" in of_index("docs", None, "live").content["notes"][0]
    assert "notes" not in of_index("docs", "sha256:" + "1" * 64, "live").content
    with pytest.raises(NotReleasable, match="not which state"):
        of_index("docs", None, None)
    with pytest.raises(NotReleasable, match="is no digest"):
        of_index("docs", "v7", None)


def test_judge_and_policy_alone_are_no_release() -> None:
    with pytest.raises(NotReleasable, match="nothing says what the release is made of") as refused:
        release([component for component in every_component() if component.kind in (ComponentKind.JUDGE, ComponentKind.POLICY)])
    assert refused.value.code == "E2706"


@pytest.mark.parametrize("tag", ["", " v1", "v 1", "rel_1", "sha256:ab", "deadbeef", "ABCDEF1", "v1\x1b[31m", "-x", "x" * 129, "v1\n"])
def test_a_tag_that_could_be_taken_for_something_else_is_refused(tag: str) -> None:
    with pytest.raises(BadReleaseName):
        release_of(every_component(), Origin(ORIGIN.created_at, "Ada", tags=(tag,)))


@pytest.mark.parametrize("tag", ["v1.4.2", "2026-11-24", "release/7", "a", "cafe"])
def test_ordinary_tags_are_taken(tag: str) -> None:
    assert release_of(every_component(), Origin(ORIGIN.created_at, "Ada", tags=(tag, tag))).tags == (tag,)
