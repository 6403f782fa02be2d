"""The tools by name: their schemas, the check of a call's arguments, and the call itself."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from src.config import Config
from src.domain import Observation
from src.tools.anomalies import detect_anomalies
from src.tools.copy_check import check_copy
from src.tools.describe import describe_data
from src.tools.diagnosis import diagnose_campaign
from src.tools.errors import ToolFailure
from src.tools.kpis import compute_kpis
from src.tools.query import query_data
from src.tools.ratios import Aggregation
from src.tools.reallocation import reallocate_budget
from src.tools.schemas import function_schemas, problems
from src.tools.significance import judge_difference
from src.tools.workspace import Workspace

Tool = Callable[[Workspace, Mapping[str, Any]], dict[str, Any]]
TOOL_ERROR = "the tool failed: its data source did not answer (temporary); the same call may work later"
KEPT_REPLY_CHARS = 60_000
_log = logging.getLogger(__name__)


class ToolRegistry:
    """Calls tools for the agent. Stateless but for its configuration; results are kept with the workspace, whose data do not change."""

    def __init__(self, tools: Mapping[str, Tool], *, error_rate: float = 0.0, seed: int = 0, variant: str = "") -> None:
        self._tools = dict(tools)
        self._error_rate, self._seed, self._variant = error_rate, seed, variant

    def schemas(self) -> tuple[Mapping[str, Any], ...]:
        """All tools in the OpenAI function format."""
        return function_schemas()

    def validate(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """Problems of a call in words; empty where it keeps the schema."""
        return problems(name, arguments)

    async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Workspace, *, draw: str = "") -> Observation:
        """Run a tool. What goes wrong is the observation's `error`, never an exception; `draw` seeds `Behaviour.tool_error_rate`."""
        wrong = problems(name, arguments)
        if wrong:
            return Observation(step_id, name, arguments, error="; ".join(wrong))
        wanted = _canonical(arguments)
        if self._error_rate > 0 and _fraction(self._seed, draw, step_id, name, wanted) < self._error_rate:
            return Observation(step_id, name, arguments, error=TOOL_ERROR)
        try:
            # A query may take some tenths of a second inside SQLite, which lets other threads run meanwhile; all else is a few milliseconds.
            reply = await asyncio.to_thread(self._reply, name, arguments, wanted, workspace) if name == "query_data" else None
            return Observation(step_id, name, arguments, result=json.loads(reply or self._reply(name, arguments, wanted, workspace)))
        except ToolFailure as failure:
            return Observation(step_id, name, arguments, error=str(failure))
        except Exception as error:  # noqa: BLE001 - whatever a tool meets in strange data, the task goes on without this step
            _log.exception("tool_crashed", extra={"tool": name})
            return Observation(step_id, name, arguments, error=f"the tool {name} failed on these data ({type(error).__name__})")

    def _reply(self, name: str, arguments: Mapping[str, Any], wanted: str, workspace: Workspace) -> str:
        """The result as JSON: every caller gets a copy of its own, so that none can change what the next one sees."""
        key = ("reply", name, self._variant, wanted)
        return workspace.memo.get(key, lambda: json.dumps(self._tools[name](workspace, arguments), allow_nan=False), _is_worth_keeping)


def _is_worth_keeping(reply: str) -> bool:
    """Not so long that a thousand of its like would fill the memory."""
    return len(reply) <= KEPT_REPLY_CHARS


def _canonical(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False)


def _fraction(*parts: object) -> float:
    """A number in [0, 1) that the parts decide."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def registry(config: Config) -> ToolRegistry:
    """The tools of a release."""
    aggregation: Aggregation = config.behaviour.kpi_aggregation
    tools: dict[str, Tool] = {
        "describe_data": describe_data,
        "query_data": query_data,
        "compute_kpis": lambda workspace, arguments: compute_kpis(workspace, arguments, aggregation),
        "test_significance": lambda workspace, arguments: judge_difference(workspace, arguments, aggregation),
        "detect_anomalies": detect_anomalies,
        "diagnose_campaign": diagnose_campaign,
        "reallocate_budget": reallocate_budget,
        "check_copy": check_copy,
    }
    return ToolRegistry(tools, error_rate=config.behaviour.tool_error_rate, seed=config.behaviour.seed, variant=aggregation)
