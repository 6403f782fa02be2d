"""From the scorers of a configuration file to the metrics of a run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from goldfinch.bootstrap.judging import JudgeTerms
from goldfinch.bootstrap.scorer_catalogue import COMPOSITIONS, DEFAULTS, FIVE_METRICS, JUDGE, KINDS, PRESETS, load_plugin, plugins
from goldfinch.bootstrap.scorer_options import changed, converted, nearest, options_of
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.judging.codes import NESTED_JUDGE, NO_JUDGE, OTHER_MARK, UNKNOWN_METRIC
from goldfinch.core.judging.protocol import RubricJudge
from goldfinch.core.judging.rubric import RUBRICS, rubric_of
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.scoring.composition import AllOf, AnyOf, Named, Weighted, WeightedPart
from goldfinch.core.scoring.for_tags import ForTags
from goldfinch.core.scoring.picking import HighestOf, LowestOf
from goldfinch.core.scoring.score import Metric, Scorer
from goldfinch.core.scoring.versioning import version_with
from goldfinch.settings import ScorerSettings

_CODE = re.compile(r"[\w.]+:[\w.]+")


def build_metrics(
    scorers: Sequence[str | ScorerSettings | Mapping[str, Any]],
    *,
    allow_code: bool = True,
    folder: Path | None = None,
    where: str = "scorers",
    judge: JudgeTerms | None = None,
) -> tuple[Metric, ...]:
    """The metrics that `scorers` configure, in their order; the defaults where there are none.

    `folder` is where `module:Class` is looked for before the installed packages; `judge` judges what a model is to judge.
    Raises `ConfigurationError` with the key path (`scorers[2].tolerance`) and a code of E1701 to E1709 or E1901 to E1903.
    """
    if not scorers:
        return default_metrics()
    builder = _Builder(allow_code, folder, judge)
    metrics = tuple(
        builder.metric(_settings(one, f"{where}[{i}]"), f"{where}[{i}]")
        for i, written in enumerate(scorers)
        for one in expanded(written, f"{where}[{i}]")
    )
    refuse_repeated_names(metrics, where)
    return metrics


def given_metrics(
    scorers: Sequence[str | Mapping[str, Any] | ScorerSettings | Scorer | Metric], *, judge: JudgeTerms | None = None
) -> tuple[Metric, ...]:
    """The metrics of scorers that were given by hand, written ones and objects mixed. Raises `UsageError` (E1708, E1710) besides."""
    listed = [one for scorer in scorers for one in expanded(scorer)]
    written = [one for one in listed if isinstance(one, _WRITTEN)]
    built = iter(build_metrics(written, folder=Path(), judge=judge) if written else ())
    metrics = tuple(next(built) if isinstance(one, _WRITTEN) else _metric_of(one) for one in listed)
    refuse_repeated_names(metrics, "scorers")
    return metrics


_WRITTEN = (str, Mapping, ScorerSettings)


def _metric_of(scorer: Scorer | Metric) -> Metric:
    if isinstance(scorer, Metric):
        return scorer
    if isinstance(scorer, type) or not all(hasattr(scorer, name) for name in ("name", "version", "score")):
        shown = scorer.__name__ if isinstance(scorer, type) else f"a {type(scorer).__name__}"
        raise UsageError(f"{shown} is no scorer", hint="give a name, or an object with name, version and score(case, output)", code="E1708")
    if scorer.name == "accuracy" and getattr(scorer, "must_not_decide_alone", False):
        raise UsageError(
            f"a {type(scorer).__name__} must not decide accuracy alone", hint="put it beside FactsAgree in LowestOf", code="E1710"
        )
    heavy, heuristic = (bool(getattr(scorer, name, False)) for name in ("heavy", "is_heuristic"))
    return Metric(scorer, version=scorer.version, heavy=heavy, is_heuristic=heuristic)


def default_metrics() -> tuple[Metric, ...]:
    """The metrics of a run whose configuration names none: see `scorer_catalogue.DEFAULTS`."""
    builder = _Builder(allow_code=False, folder=None)
    return tuple(builder.metric(ScorerSettings(kind=kind, **options), kind) for kind, options in DEFAULTS)


def expanded(written: Any, where: str = "") -> tuple[Any, ...]:
    """A preset as the scorers that it stands for; anything else as it is. Raises `ConfigurationError` (E1711) for options of a preset."""
    kind = written.get("kind") if isinstance(written, Mapping) else getattr(written, "kind", written)
    if not isinstance(kind, str) or kind not in PRESETS:
        return (written,)
    if not isinstance(written, str) and (set(written) if isinstance(written, Mapping) else written.model_fields_set) != {"kind"}:
        raise ConfigurationError(
            f"{kind!r} stands for {', '.join(PRESETS[kind])} and takes no options", where=where, hint="list those instead", code="E1711"
        )
    return PRESETS[kind]


class _Builder:
    """Builds metrics, and the metrics that they are composed of."""

    def __init__(self, allow_code: bool, folder: Path | None, judge: JudgeTerms | None = None) -> None:
        self._allow_code = allow_code
        self._folder = folder
        self._judge = judge

    def metric(self, settings: ScorerSettings, where: str) -> Metric:
        metric = self._metric(settings, where)
        if metric.name == "accuracy" and metric.must_not_decide_alone:
            raise ConfigurationError(
                "accuracy would be decided by embedding similarity alone, which cannot tell 'was processed' from 'was not processed'",
                where=where,
                hint="put it beside facts_agree under lowest_of, or use {kind: accuracy, variant: embedding}",
                code="E1710",
            )
        if settings.for_tags is None:
            return metric
        limited = ForTags(scorer=metric.scorer, tags=frozenset(settings.for_tags))
        return replace(metric, scorer=limited, version=version_with(metric.version, {"for_tags": sorted(limited.tags)}))

    def _metric(self, settings: ScorerSettings, where: str) -> Metric:
        if settings.kind in FIVE_METRICS:
            return self._one_of_five(settings, where)
        if settings.kind in COMPOSITIONS:
            return self._composition(settings, where)
        factory = self._factory(settings.kind, where)
        known = options_of(factory, where)
        options = converted({k: v for k, v in known.items() if k != "name"}, settings.options, where)
        renames = settings.name is not None and "name" in known
        if settings.kind == JUDGE:
            _require_rubric(options, where)
        scorer = _checked(_constructed(factory, options | ({"name": settings.name} if renames else {}), where), settings.kind, where)
        if isinstance(scorer, JudgedMetric):
            return self._judged(scorer, settings, where)
        if settings.name is not None and scorer.name != settings.name:
            scorer = Named(scorer=scorer, name=settings.name)
        return Metric(
            scorer,
            _mark(settings),
            _version(scorer.version, changed(known, options), where),
            heavy=KINDS[settings.kind].heavy if settings.kind in KINDS else bool(getattr(scorer, "heavy", False)),
            is_heuristic=KINDS[settings.kind].is_heuristic if settings.kind in KINDS else bool(getattr(scorer, "is_heuristic", False)),
            must_not_decide_alone=bool(getattr(scorer, "must_not_decide_alone", False)),
        )

    def _one_of_five(self, settings: ScorerSettings, where: str) -> Metric:
        """One of the five metrics: the composition that it stands for, under its name."""
        spell_out = KINDS[settings.kind].load()
        definition = spell_out(**converted(options_of(spell_out, where), settings.options, where))
        named = ScorerSettings(
            kind=definition.kind, name=settings.name or settings.kind, of=list(definition.of), pass_mark=settings.pass_mark
        )
        metric = self._composition(named, where)
        mark = settings.pass_mark if "pass_mark" in settings.model_fields_set else KINDS[settings.kind].pass_mark
        decides = "pass_mark" in settings.model_fields_set or not definition.is_heuristic
        return replace(metric, pass_mark=mark if decides else None, is_heuristic=definition.is_heuristic)

    def _judged(self, scorer: JudgedMetric, settings: ScorerSettings, where: str) -> Metric:
        """A metric that a model judges. Until its judge is calibrated it has no pass mark, and so no say."""
        if self._judge is None:
            raise ConfigurationError(
                f"{scorer.name} is judged by a model, and none is named",
                where=where,
                hint="give --judge, such as openai:gpt-4.1, or 'judge:' with its 'model:' in goldfinch.yaml",
                code=NO_JUDGE,
            )
        version = RubricJudge(scorer.scale, self._judge.protocol).version
        calibrated = self._judge.calibrated_mark(version, scorer.metric)
        if calibrated is None:
            return Metric(scorer, None, version, advisory=True)
        mark = settings.pass_mark if "pass_mark" in settings.model_fields_set else calibrated
        if mark is not None and mark != calibrated:
            raise ConfigurationError(
                f"its judge is calibrated at a pass mark of {calibrated:g}, not of {mark:g}, and may decide at no other",
                where=f"{where}.pass_mark",
                hint=f"leave it out, or calibrate with --pass-mark {mark:g}",
                code=OTHER_MARK,
            )
        return Metric(scorer, mark, version)

    def _factory(self, kind: str, where: str) -> Callable[..., Any]:
        if kind in KINDS:
            return KINDS[kind].load()
        if ":" in kind:
            return self._code(kind, where)
        offered = plugins()
        if kind in offered:
            return load_plugin(offered[kind])
        hint = nearest(kind, [*KINDS, *PRESETS, *offered])
        raise ConfigurationError(f"unknown scorer {kind!r}", where=where, hint=f"{hint}, or your own as module:Class", code="E1701")

    def _code(self, target: str, where: str) -> Callable[..., Any]:
        if not self._allow_code:
            raise ConfigurationError(
                f"the scorer {target!r} is code, which this configuration may not run",
                where=where,
                hint="set allow_code: true where you trust the configuration file",
                code="E1704",
            )
        if not _CODE.fullmatch(target):
            raise ConfigurationError(f"{target!r} is no module:Class", where=where, code="E1705")
        return _imported(target, self._folder, where)

    def _composition(self, settings: ScorerSettings, where: str) -> Metric:
        options = settings.options
        listed = options.pop("of", None)
        if options:
            name = next(iter(options))
            raise ConfigurationError(f"unknown option {name!r}", where=where, hint=nearest(name, ["of"]), code="E1702")
        if not isinstance(listed, list) or not listed:
            raise ConfigurationError("`of` must list at least one scorer", where=where, code="E1709")
        parts = [self._part(one, settings.kind, f"{where}.of[{i}]") for i, one in enumerate(listed)]
        refuse_repeated_names([part.metric for part in parts], f"{where}.of")
        scorer = _composed(settings.kind, parts, settings.name or settings.kind, where)
        return Metric(
            scorer,
            settings.pass_mark,
            scorer.version,
            heavy=any(part.metric.heavy for part in parts),
            is_heuristic=all(part.metric.is_heuristic for part in parts),
            must_not_decide_alone=_ALONE[settings.kind](part.metric.must_not_decide_alone for part in parts),
        )

    def _part(self, one: Any, kind: str, where: str) -> WeightedPart:
        weight: Any = 1.0
        if isinstance(one, Mapping):
            one = dict(one)
            weight = one.pop("weight", 1.0) if kind == "weighted" else 1.0
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise ConfigurationError(f"must be a number, not {weight!r}", where=f"{where}.weight", code="E1703")
        settings = _settings(one, where)
        if settings.kind == JUDGE:
            hint = "list it among the scorers on its own"
            raise ConfigurationError(f"a judge cannot be a part of {kind}", where=where, hint=hint, code=NESTED_JUDGE)
        return WeightedPart(self.metric(settings, where), float(weight))


_ALONE: Mapping[str, Callable[[Iterable[bool]], bool]] = {
    **dict.fromkeys(("weighted", "all_of", "lowest_of"), all),
    **dict.fromkeys(("any_of", "highest_of"), any),
}
"""When a composition is decided by a part that must not decide alone: where all parts count, if all are such; where one does, if any is."""


def _mark(settings: ScorerSettings) -> float | None:
    """The mark that is set, else that of the kind."""
    if "pass_mark" in settings.model_fields_set or settings.kind not in KINDS:
        return settings.pass_mark
    return KINDS[settings.kind].default_mark


def _settings(one: object, where: str) -> ScorerSettings:
    """A scorer as settings: its kind alone, a mapping, or settings already. `judge:accuracy` is short for the judge of a metric."""
    if isinstance(one, str) and one.startswith(f"{JUDGE}:"):
        return ScorerSettings(kind=JUDGE, metric=one.removeprefix(f"{JUDGE}:"))
    if isinstance(one, ScorerSettings):
        return one
    try:
        return ScorerSettings.model_validate({"kind": one} if isinstance(one, str) else one)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([where, *map(str, first["loc"])])
        raise ConfigurationError(first["msg"], where=place, code="E1703") from error


def _require_rubric(options: Mapping[str, Any], where: str) -> None:
    metric = options["metric"]
    if rubric_of(metric, options.get("rubric")) is None:
        hint = f"{nearest(metric, RUBRICS)}, or give `rubric`, a text of your own"
        raise ConfigurationError(f"there is no rubric for {metric!r}", where=where, hint=hint, code=UNKNOWN_METRIC)


_COMPOSED: Mapping[str, Callable[..., Scorer]] = {
    "all_of": AllOf,
    "any_of": AnyOf,
    "lowest_of": LowestOf,
    "highest_of": HighestOf,
}


def _composed(kind: str, parts: Sequence[WeightedPart], name: str, where: str) -> Scorer:
    metrics = tuple(part.metric for part in parts)
    try:
        if kind == "weighted":
            return Weighted(of=tuple(parts), name=name)
        return _COMPOSED[kind](of=metrics, name=name)
    except ValueError as error:
        raise ConfigurationError(str(error), where=where, code="E1703") from error


def _constructed(factory: Callable[..., Any], options: Mapping[str, Any], where: str) -> Any:
    try:
        return factory(**options)
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ConfigurationError(said, where=where, code="E1703") from error


def _checked(scorer: Any, kind: str, where: str) -> Scorer:
    """`scorer`, where it has what a scorer must have. Raises `ConfigurationError` (E1708)."""
    for attribute in ("name", "version"):
        if not isinstance(getattr(scorer, attribute, None), str):
            raise ConfigurationError(f"{kind!r} is no scorer: its `{attribute}` must be text", where=where, code="E1708")
    if not callable(getattr(scorer, "score", None)):
        raise ConfigurationError(f"{kind!r} is no scorer: it has no method `score(case, output)`", where=where, code="E1708")
    checked: Scorer = scorer
    return checked


def _version(version: str, configuration: Mapping[str, Any], where: str) -> str:
    try:
        return version_with(version, configuration)
    except TypeError as error:
        raise ConfigurationError(f"an option cannot be part of the metric's version: {error}", where=where, code="E1703") from error


def _imported(target: str, folder: Path | None, where: str) -> Callable[..., Any]:
    module, _, path = target.partition(":")
    if folder is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        found: Any = import_module(module)
        for attribute in path.split("."):
            found = getattr(found, attribute)
    except (Exception, SystemExit) as error:
        said = f"the scorer {target!r} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError(said, where=where, hint="is the module on the import path?", code="E1705") from error
    if not callable(found):
        raise ConfigurationError(f"{target!r} is no class", where=where, code="E1705")
    factory: Callable[..., Any] = found
    return factory


def refuse_repeated_names(metrics: Sequence[Metric], where: str) -> None:
    """Scores are kept by metric name, so two metrics cannot share one. Raises `ConfigurationError`."""
    first: dict[str, int] = {}
    for index, metric in enumerate(metrics):
        if metric.name in first:
            raise ConfigurationError(
                f"the metric {metric.name!r} is already that of {where}[{first[metric.name]}]",
                where=f"{where}[{index}]",
                hint="give one of them a `name`",
                code="E1707",
            )
        first[metric.name] = index
