"""A real Prometheus that scrapes an exporter and Envoy: figures per release, and what is missing stays missing."""

from __future__ import annotations

import http.server
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import envoy  # type: ignore[import-untyped]
import pytest

from goldfinch.adapters.prometheus.provider import PrometheusProvider
from goldfinch.core.live.failures import PrometheusRefused
from goldfinch.core.live.series import for_release

pytestmark = pytest.mark.needs("prometheus", package="prometheus")
ENVOY = str(envoy.get_envoy_path())
METRICS = b"""
# TYPE agent_errors_total counter
agent_errors_total{release="rel_a"} 7
agent_errors_total{release="rel_b"} 0
agent_score{release="rel_a"} NaN
"""


class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(METRICS)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Silent."""


@contextmanager
def exporter() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def process(command: list[str], folder: Path, ready: str) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as started:
        try:
            until(lambda: urllib.request.urlopen(ready, timeout=1).status == 200)
            yield
        finally:
            started.terminate()
            started.wait(10)


def until(holds: Any) -> None:
    """Wait for another process, which has no clock of ours."""
    for _ in range(500):
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.02)
    raise TimeoutError


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def prometheus(folder: Path, *targets: tuple[int, str], port: int | None = None) -> Iterator[PrometheusProvider]:
    jobs = "".join(
        f"  - {{job_name: job{to}, metrics_path: {path}, static_configs: [{{targets: ['127.0.0.1:{to}']}}]}}\n" for to, path in targets
    )
    (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\nscrape_configs:\n{jobs}")
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with process([*command, f"--web.listen-address=127.0.0.1:{port}"], folder, f"{url}/-/ready"):
        yield PrometheusProvider(url, allow_private=True)


def now() -> datetime:
    return datetime.now(UTC)


def test_figures_of_releases(tmp_path: Path) -> None:
    with exporter() as port, prometheus(tmp_path, (port, "/metrics")) as provider:
        until(lambda: provider.value("min(up)", now()) == 1.0)
        assert provider.by_label("agent_errors_total", now()) == {"rel_a": 7.0, "rel_b": 0.0}
        query = "agent_errors_total{release=$release}"
        assert provider.value(for_release(query, "rel_a"), now()) == 7.0
        assert provider.value(for_release(query, "rel_unknown"), now()) is None
        assert provider.value('agent_score{release="rel_a"}', now()) is None
        assert provider.value("vector(0) / 0", now()) is None
        (series,) = provider.range('agent_errors_total{release="rel_a"}', now() - timedelta(seconds=60), now(), timedelta(seconds=1))
        assert {point.value for point in series.points} == {7.0}
        assert len(series.points) < 60  # before it was scraped there are none, rather than points of 0
        with pytest.raises(PrometheusRefused, match="HTTP 400"):
            provider.value("sum(", now())


def test_figures_of_envoy(tmp_path: Path) -> None:
    admin = free_port()
    config = f"node: {{id: a, cluster: a}}\nadmin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}\n"
    (tmp_path / "envoy.yaml").write_text(config)
    command = [ENVOY, "-c", str(tmp_path / "envoy.yaml"), "--use-dynamic-base-id", "--concurrency", "1"]
    with process(command, tmp_path, f"http://127.0.0.1:{admin}/ready"), prometheus(tmp_path, (admin, "/stats/prometheus")) as provider:
        until(lambda: (provider.value("envoy_server_live", now()) or 0) == 1.0)
        assert provider.value("envoy_cluster_upstream_rq_total", now()) is None
