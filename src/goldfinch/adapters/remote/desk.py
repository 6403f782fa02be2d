"""The desk of another Goldfinch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from goldfinch.adapters.remote.client import ApiClient
from goldfinch.adapters.remote.documents import read_decision, read_overview, read_rollout
from goldfinch.core.rollout.asked import StartAsked, asked_facts
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.serving import codes
from goldfinch.core.serving.failures import NothingToShow, ServerUnusable


@dataclass(frozen=True, slots=True)
class RemoteDesk:
    """A `RolloutDesk`: each method is one request, but for `named`."""

    client: ApiClient
    service: str
    """Whose rollouts are meant where none is named."""

    def start(self, asked: StartAsked) -> Rollout:
        return read_rollout(self.client.post("rollouts", body=asked_facts(asked)), self.client.url)

    def named(self, rollout: str | None, environment: str) -> str:
        if rollout is not None:
            return rollout
        found = self._list(self.client.get("rollouts", service=self.service, environment=environment), "rollouts")
        if not found:
            hint = "name one, correct --environment, or start one: goldfinch rollout start RELEASE"
            raise NothingToShow(f"{self.service} has no rollout in {environment}", where=self.client.url, hint=hint)
        return str(found[0]["id"])

    def overview(self, rollout_id: str) -> RolloutOverview:
        return read_overview(self.client.get("rollouts", rollout_id), self.client.url)

    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        found = self._list(self.client.get("rollouts", rollout_id, "history"), "decisions")
        return tuple(read_decision(decision, self.client.url) for decision in found)

    def ask(self, rollout_id: str, verb: Verb, *, by: str, reason: str) -> Rollout:
        body = {"by": by, "reason": reason}
        return read_rollout(self.client.post("rollouts", rollout_id, str(verb), body=body), self.client.url)

    def start_again(self, rollout_id: str, *, by: str, reason: str, force: bool) -> Rollout:
        body = {"by": by, "reason": reason, "force": force}
        return read_rollout(self.client.post("rollouts", rollout_id, "again", body=body), self.client.url)

    def close(self) -> None: ...

    def _list(self, document: Any, key: str) -> list[dict[str, Any]]:
        found = document.get(key) if isinstance(document, dict) else None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise ServerUnusable(f"its answer has no list of {key}", where=self.client.url, code=codes.UNREADABLE_ANSWER)
        return found
