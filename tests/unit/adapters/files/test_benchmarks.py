"""Benchmark results as files: written whole, read with care."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goldfinch.adapters.files.benchmarks import MAX_BYTES, SamplesFile, read_benchmark, read_saturation, write_json
from goldfinch.bootstrap.bench import bench_schemas
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.saturation import Probe, Saturation
from tests.benchmark_results import result


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "result.json"
    write_json(path, result())
    return path


def change(file: Path, key: str, value: Any) -> None:
    """Set `scenarios.0.answered` and the like."""
    content = json.loads(file.read_text())
    here: Any = content
    *parts, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    for part in parts:
        here = here[part]
    here[last] = value
    file.write_text(json.dumps(content))


def test_a_result_comes_back_as_it_was_and_fits_its_schema(file: Path) -> None:
    assert read_benchmark(file) == result()
    jsonschema.validate(json.loads(file.read_text()), bench_schemas()["benchmark"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scenarios.0.answered", 401),
        ("scenarios.0.answered", -1),
        ("scenarios.0.requests", 10**15),
        ("scenarios.0.errors", {"timeout": 3}),
        ("scenarios.0.latency", None),
        ("scenarios.0.latency.count", 5),
        ("scenarios.0.latency.p95.value", 1.0),
        ("scenarios.0.latency.p95.low", 1e9),
        ("scenarios.0.throughput.value", -1.0),
        ("scenarios.0.iterations", []),
        ("scenarios.0.iterations.0.requests", 7),
        ("kind", "evaluation"),
        ("scenarios.0.loop", "sideways"),
        ("schema_version", "1"),
    ],
)
def test_a_result_that_contradicts_itself_is_refused(file: Path, key: str, value: Any) -> None:
    change(file, key, value)
    with pytest.raises(ConfigurationError) as raised:
        read_benchmark(file)
    assert raised.value.code == "E2505"
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_two_scenarios_of_one_name_are_refused(file: Path) -> None:
    change(file, "scenarios", json.loads(file.read_text())["scenarios"] * 2)
    with pytest.raises(ConfigurationError, match="one name"):
        read_benchmark(file)


def test_a_newer_result_is_refused_as_such(file: Path) -> None:
    change(file, "schema_version", 99)
    with pytest.raises(ConfigurationError, match="newer") as raised:
        read_benchmark(file)
    assert raised.value.code == "E2506"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"kind":"benchmark"}', b"[" * 100_000, b'{"kind":"benchmark","x":1e999}']
)
def test_damage_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        read_benchmark(path)
    assert raised.value.code == "E2505"


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ConfigurationError, match="longer than"):
        read_benchmark(path)


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "device"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("/dev/zero")
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(ConfigurationError):
        read_benchmark(path)


def test_raw_samples_are_kept_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "raw.samples.jsonl"
    with SamplesFile(path) as file:
        file.keep("one", 0, Samples([0.0], [0.1], [5.12345], ["ok"], [None], [None], [None]))
        file.keep("one", 1, Samples([0.0], [0.1], [5.0], ["timeout"], [1.0], [2.0], [0.01], gaps_ms=[3.0]))
        assert not path.exists()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [0, 1]
    assert lines[0]["done_ms"] == [5.123]
    assert lines[0]["cost_usd"] == [None]
    assert lines[1]["outcomes"] == ["timeout"]


def test_a_folder_that_cannot_be_made_is_an_infrastructure_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError) as raised:
        write_json(tmp_path / "file" / "result.json", result())
    assert raised.value.code == "E2507"
    with pytest.raises(InfrastructureError), SamplesFile(tmp_path / "file" / "raw"):
        pass


FOUND = Saturation("search", "t", 2000.0, 40.0, False, (Probe(40.0, True, "p95 900 ms"), Probe(42.0, False, "p95 2100 ms")), 200)


def test_a_saturation_search_is_read_back(tmp_path: Path) -> None:
    write_json(tmp_path / "highest.json", FOUND)
    assert read_saturation(tmp_path / "highest.json") == FOUND


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (replace(FOUND, rate_per_s=50.0), "contradicts itself: no probe held at the rate that was found"),
        (replace(FOUND, rate_per_s=-1.0, probes=(Probe(-1.0, True, ""),)), "contradicts itself: a rate is no amount"),
        (replace(FOUND, kind="benchmark"), "is no result of a saturation search"),
        (replace(FOUND, schema_version=2), "written by a newer Goldfinch"),
    ],
)
def test_a_search_that_cannot_be_is_refused(found: Saturation, told: str, tmp_path: Path) -> None:
    write_json(tmp_path / "highest.json", found)
    with pytest.raises(ConfigurationError, match=told):
        read_saturation(tmp_path / "highest.json")
