"""The scorers that ship, by kind, and those that plugins add. A scorer's module is imported when its kind is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from goldfinch.core.errors import ConfigurationError

PLUGIN_GROUP = "goldfinch.scorers"
_SCORING = "goldfinch.core.scoring"
_FIVE = "goldfinch.bootstrap.five_metrics"


class Kind(NamedTuple):
    """A shipped scorer: where its class is, what it reads, and whether it may burn CPU (`heavy`: runs off the event loop).

    `is_heuristic`: it was not shown to agree with people (docs/scorers/agreement.md); it is reported and decides only where a `pass_mark`
    is set. `pass_mark` is what decides otherwise, unless another is set.
    """

    module: str
    attribute: str
    needs: str
    heavy: bool = False
    is_heuristic: bool = False
    pass_mark: float | None = 1.0

    @property
    def default_mark(self) -> float | None:
        return None if self.is_heuristic else self.pass_mark

    def load(self) -> Callable[..., Any]:
        scorer: Callable[..., Any] = getattr(import_module(self.module), self.attribute)
        return scorer


KINDS: Mapping[str, Kind] = {
    "answered": Kind(f"{_SCORING}.answered", "Answered", "a case that expects an answer"),
    "exact": Kind(f"{_SCORING}.exact", "Exact", "expected.answer"),
    "contains": Kind(f"{_SCORING}.contains", "Contains", "expected.answer"),
    "must_include": Kind(f"{_SCORING}.must_include", "MustInclude", "expected.must_include"),
    "must_not_include": Kind(f"{_SCORING}.must_not_include", "MustNotInclude", "expected.must_not_include"),
    "numeric": Kind(f"{_SCORING}.numeric", "Numeric", "expected.numbers"),
    "json_fields": Kind(f"{_SCORING}.json_fields", "JsonFields", "expected.json"),
    "set_f1": Kind(f"{_SCORING}.set_f1", "SetF1", "expected.json that is a list"),
    "token_f1": Kind(f"{_SCORING}.token_f1", "TokenF1", "expected.answer"),
    "regex": Kind("goldfinch.adapters.scorers.regex", "Regex", "option pattern", heavy=True),
    "json_schema": Kind("goldfinch.adapters.scorers.json_schema", "JsonSchema", "option schema", heavy=True),
    "tool_trajectory": Kind(f"{_SCORING}.tool_trajectory", "ToolTrajectory", "expected.tools and a trajectory"),
    "tool_errors": Kind(f"{_SCORING}.tool_errors", "ToolErrors", "a trajectory with tool calls"),
    "loops": Kind(f"{_SCORING}.loops", "Loops", "a trajectory with tool calls"),
    "steps": Kind(f"{_SCORING}.steps", "Steps", "budget.steps or option limit, and a trajectory"),
    "tokens": Kind(f"{_SCORING}.tokens", "Tokens", "budget.tokens or option limit, and usage"),
    "cost": Kind(f"{_SCORING}.cost", "Cost", "budget.cost_usd or option limit, and a known price"),
    "latency": Kind(f"{_SCORING}.latency", "Latency", "budget.latency_ms or option limit"),
    "reported": Kind(f"{_SCORING}.reported", "Reported", "a score reported with the output"),
    "question_overlap": Kind(f"{_SCORING}.question_overlap", "QuestionOverlap", "a question with content words", is_heuristic=True),
    "answer_coverage": Kind(f"{_SCORING}.answer_coverage", "AnswerCoverage", "expected.answer", pass_mark=0.75),
    "facts_agree": Kind(f"{_SCORING}.facts_agree", "FactsAgree", "expected.answer", is_heuristic=True),
    "context_overlap": Kind(f"{_SCORING}.context_overlap", "ContextOverlap", "context or results of tools", is_heuristic=True),
    "grounding": Kind(f"{_SCORING}.grounding", "Grounding", "context or results of tools, and facts in the answer", is_heuristic=True),
    "structure": Kind(f"{_SCORING}.structure", "Structure", "an answer with text", is_heuristic=True),
    "repetition": Kind(f"{_SCORING}.repetition", "Repetition", "an answer with words", is_heuristic=True),
    "embedding_similarity": Kind(
        "goldfinch.bootstrap.embedding",
        "embedding_similarity",
        "expected.answer or the question, and the extra [embed]",
        heavy=True,
        pass_mark=None,
    ),
    "secrets_leak": Kind(f"{_SCORING}.secrets_leak", "SecretsLeak", "an answer"),
    "personal_data": Kind(f"{_SCORING}.personal_data", "PersonalData", "an answer"),
    "injection_compliance": Kind(f"{_SCORING}.injection_compliance", "InjectionCompliance", "an answer; better with safety.canaries"),
    "prompt_leak": Kind(f"{_SCORING}.prompt_leak", "PromptLeak", "safety.protected, option protected, or a system message"),
    "forbidden_tools": Kind(f"{_SCORING}.forbidden_tools", "ForbiddenTools", "safety.forbidden_tools or option tools, and a trajectory"),
    "forbidden_topics": Kind(f"{_SCORING}.forbidden_topics", "ForbiddenTopics", "safety.forbidden_topics or option topics"),
    "relevance": Kind(_FIVE, "relevance", "a question with content words, or expected.answer", is_heuristic=True, pass_mark=0.5),
    "accuracy": Kind(_FIVE, "accuracy", "expected.answer, numbers or json", pass_mark=0.75),
    "completeness": Kind(_FIVE, "completeness", "expected.answer, must_include, numbers or json", pass_mark=0.75),
    "coherence": Kind(_FIVE, "coherence", "an answer with text", is_heuristic=True, pass_mark=0.75),
    "safety": Kind(_FIVE, "safety", "an answer"),
    "judge": Kind("goldfinch.core.judging.scorer", "JudgedMetric", "a judge, and what the rubric is held against"),
    "weighted": Kind(f"{_SCORING}.composition", "Weighted", "option of: scorers with weights"),
    "all_of": Kind(f"{_SCORING}.composition", "AllOf", "option of: scorers with pass marks"),
    "any_of": Kind(f"{_SCORING}.composition", "AnyOf", "option of: scorers with pass marks"),
    "lowest_of": Kind(f"{_SCORING}.picking", "LowestOf", "option of: scorers"),
    "highest_of": Kind(f"{_SCORING}.picking", "HighestOf", "option of: scorers"),
}

JUDGE = "judge"
"""Scored by a model: needs `judge:` in the settings, or --judge."""

COMPOSITIONS = frozenset({"weighted", "all_of", "any_of", "lowest_of", "highest_of"})

FIVE_METRICS = ("relevance", "accuracy", "completeness", "coherence", "safety")
"""Each is a composition of other kinds, which `bootstrap.five_metrics` spells out."""

PRESETS: Mapping[str, tuple[str, ...]] = {"five": FIVE_METRICS}
"""Names that stand for several scorers, each with its defaults."""

DEFAULTS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("answered", {}),
    ("contains", {}),
    ("must_include", {}),
    ("must_not_include", {}),
    ("numeric", {}),
    ("json_fields", {}),
    ("tool_trajectory", {}),
    ("steps", {}),
    ("tokens", {}),
    ("cost", {}),
    ("latency", {}),
)
"""Used where none is configured: each applies only where the case states its part, none needs a key, and every one decides."""


def plugins() -> dict[str, EntryPoint]:
    """The scorers that installed packages offer, by kind; shipped kinds cannot be replaced. Nothing is imported."""
    return {entry.name: entry for entry in entry_points(group=PLUGIN_GROUP) if entry.name not in KINDS}


def load_plugin(entry: EntryPoint) -> Callable[..., Any]:
    """The scorer that `entry` names. Raises `ConfigurationError` (E1706), naming the package, where it cannot be imported."""
    try:
        scorer: Callable[..., Any] = entry.load()
    except (Exception, SystemExit) as error:
        package = entry.dist.name if entry.dist else "unknown package"
        raise ConfigurationError(
            f"the scorer plugin {entry.name!r} ({entry.value}) of {package} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"update or uninstall {package}",
            code="E1706",
        ) from error
    return scorer
