"""`goldfinch monitor` with a real Prometheus that scrapes a real Envoy, and with one that is not there."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from goldfinch.bootstrap import drilling
from goldfinch.bootstrap.monitoring import MonitorRequest, run_monitor
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.cli.app import app
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import ConfigurationError, ExitCode
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.testing.rollout_store import sample_rollout
from tests.integration.test_prometheus import ENVOY, free_port, now, process, prometheus, until

ANSWERED, FAILED = 10, 2
MANAGER = "envoy.filters.network.http_connection_manager"
ROUTER = "envoy.filters.http.router"
EXTENSIONS = "type.googleapis.com/envoy.extensions.filters"


class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        self.send_response(503 if self.path == "/bad" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Silent."""


@contextmanager
def agent() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def address(port: int) -> dict[str, Any]:
    return {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}


def envoy_of(release: str, agent_port: int, door: int, admin: int) -> dict[str, Any]:
    """One listener before one cluster, named as the proxy names it: by the release's id."""
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": release}}]
    router = {"name": ROUTER, "typed_config": {"@type": f"{EXTENSIONS}.http.router.v3.Router"}}
    manager = {
        "@type": f"{EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "door",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [router],
    }
    load = {"cluster_name": release, "endpoints": [{"lb_endpoints": [{"endpoint": address(agent_port)}]}]}
    listener = {**address(door), "filter_chains": [{"filters": [{"name": MANAGER, "typed_config": manager}]}]}
    return {
        "admin": address(admin),
        "stats_flush_interval": "0.1s",
        "static_resources": {"listeners": [listener], "clusters": [{"name": release, "type": "STATIC", "load_assignment": load}]},
    }


def settings_with(folder: Path, serve: dict[str, Any]) -> tuple[Path, str]:
    """Settings whose last rollout promoted a release, and that release's id."""
    drilling._written(folder)
    file = folder / "goldfinch.yaml"
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings["serve"] = {**settings.get("serve", {}), "allow_private": True, **serve}
    file.write_text(json.dumps(settings), encoding="utf-8")
    with closing(open_store(load_settings(file))) as store:
        release = drilling._release(store, 1)
        row = sample_rollout(
            "ro_past", service="drill", environment="local", canary=release, stable=None, state=RolloutState(Phase.SUCCEEDED)
        )
        store.rollouts.create(row, AuditDraft(row.created_at, "ada", "rollout.create", "rollout:ro_past"))
    return file, release


@pytest.mark.needs("prometheus", package="prometheus")
def test_envoys_figures_stand_beside_the_measurements(tmp_path: Path) -> None:
    door, admin, port = free_port(), free_port(), free_port()
    file, release = settings_with(tmp_path, {"prometheus": f"http://127.0.0.1:{port}"})
    sent: list[str] = []

    def users_come(words: str) -> None:
        if words.startswith("watching") and not sent:
            for path in ["/ok"] * ANSWERED + ["/bad"] * FAILED:
                sent.append(path)
                with suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(f"http://127.0.0.1:{door}{path}", timeout=5).close()

    with agent() as agent_port:
        (tmp_path / "envoy.yaml").write_text(json.dumps(envoy_of(release, agent_port, door, admin)))
        command = [ENVOY, "-c", str(tmp_path / "envoy.yaml"), "--use-dynamic-base-id", "--concurrency", "1"]
        ready = f"http://127.0.0.1:{admin}/ready"
        with process(command, tmp_path, ready), prometheus(tmp_path, (admin, "/stats/prometheus"), port=port) as provider:
            until(lambda: provider.value("envoy_cluster_upstream_rq_completed", now()) == 0.0)
            found = run_monitor(MonitorRequest("local", 2.0, rollout=False, probes_per_minute=0, config=file), users_come)
            silent = run_monitor(MonitorRequest("local", 1.0, rollout=False, probes_per_minute=0, config=file), users_come)

    assert len(sent) == ANSWERED + FAILED
    evidence = found.as_json()["prometheus"]
    values = {figure["name"]: figure["value"] for figure in evidence["figures"]}
    assert {figure["release"] for figure in evidence["figures"]} == {release}
    assert evidence["warnings"] == []
    assert len(sent) <= values["requests"] < 1.5 * len(sent)  # extrapolated to the ends of the window
    assert values["5xx_share"] == pytest.approx(FAILED / len(sent))
    assert 0 < values["p95_ms"] < 5000
    assert found.exit_code is ExitCode.INCONCLUSIVE  # no line in the access log: what Prometheus says decides nothing
    kept = json.loads(silent.file.read_text(encoding="utf-8"))["prometheus"]["figures"]
    assert {figure["name"]: figure["value"] for figure in kept} == {"requests": 0.0, "5xx_share": None, "p95_ms": None}


def test_one_that_is_not_there_is_a_warning_and_missing_values(tmp_path: Path) -> None:
    file, release = settings_with(tmp_path, {"prometheus": f"http://127.0.0.1:{free_port()}"})
    command = ["monitor", "--environment", "local", "--no-rollout", "--duration", "1", "--probes-per-minute", "0", "--config", str(file)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == ExitCode.INCONCLUSIVE
    (warning,) = [line for line in result.stderr.splitlines() if line.startswith("warning: serve.prometheus")]
    assert "connection refused" in warning
    assert f"{release}: requests missing, 5xx_share missing, p95_ms missing" in result.stdout


def test_an_address_that_may_not_be_called_is_a_warning_too(tmp_path: Path) -> None:
    file, _ = settings_with(tmp_path, {"prometheus": "http://127.0.0.1:9090", "allow_private": False})
    said: list[str] = []
    found = run_monitor(MonitorRequest("local", 1.0, rollout=False, probes_per_minute=0, config=file), said.append)
    (warning,) = [words for words in said if words.startswith("warning: serve.prometheus")]
    assert "allow_private" in warning
    assert found.exit_code is ExitCode.INCONCLUSIVE


def test_a_query_that_names_no_release_is_refused_before_anything_is_watched(tmp_path: Path) -> None:
    drilling._written(tmp_path)
    file = tmp_path / "goldfinch.yaml"
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings["serve"]["prometheus_queries"] = {"errors": "sum(errors_total)"}
    file.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"serve\.prometheus_queries\.errors.*\$release.*sum\(errors_total\)"):
        run_monitor(MonitorRequest("local", 1.0, config=file), print)
