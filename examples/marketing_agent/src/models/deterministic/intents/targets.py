"""Are we on target: figures of the whole or of groups held against the targets of the account or of the conversation."""

from __future__ import annotations

from src.models.deterministic.against_target import meets, spoken_target, target, verdict
from src.models.deterministic.asking import caveat_of_period, is_thin, kpis, spoken_period, spoken_scope, tell_missing_days
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.intents import kpi
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.understanding import Understanding

NAME = "targets"
_MOST = 8
_SIDES = frozenset({"abov", "below", "over", "under", "on", "meet", "mis", "miss", "hit", "reach", "within", "beat"})


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account or asked.has("recall"):
        return 0.0
    sided = asked.follows_up and asked.earlier is not None and asked.earlier.intent == NAME and bool(_SIDES & set(asked.lemmas))
    return 0.67 if _told_target(asked) else 0.64 if asked.has("target") or sided else 0.0


def _told_target(asked: Understanding) -> tuple[str, ...]:
    """The metric of the target that the user told, where "above it" can only mean that."""
    told = [key.removeprefix("target_") for key, value in asked.facts.items() if key.startswith("target_") and value]
    meant = (
        told
        and not asked.metric_words
        and not asked.amounts
        and _SIDES & set(asked.lemmas)
        and (asked.any("refer", "target") or {"that", "this"} & set(asked.lemmas))
    )
    return tuple(name for name in told[-1:] if name in METRICS) if meant else ()


def metrics(asked: Understanding) -> tuple[str, ...]:
    """Those asked for that have a target; with none named, all that have one."""
    if told := _told_target(asked):
        return told
    names = tuple(name for name in asked.metrics if name in METRICS)
    return names or tuple(name for name in METRICS if target(asked, name) is not None)


def by(asked: Understanding) -> str:
    kind, _ = kpi.grouping(asked)
    return kind


def plan(asked: Understanding) -> tuple[Call, ...]:
    _, filters = kpi.grouping(asked)
    labels = listed(METRICS[name].label for name in metrics(asked)) or "the figures"
    return (kpis(f"Compute {labels}{spoken_period(asked, asked.period)} to hold against the target.", by(asked), asked.period, filters),)


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    overview, one = seen[0], seen[1]
    names = metrics(asked)
    if not names:
        draft.say("I cannot compare with a target: the account sets none and you have not told me one; which target shall I use?")
    for name in names:
        if target(asked, name) is None:
            told = draft.metric(one, name, "groups", 0, name) if by(asked) == "total" else METRICS[name].label
            draft.say(
                f"I cannot compare {told} with a target: the account sets no target {METRICS[name].label}, and you have not told me one"
            )
        elif by(asked) == "total":
            _one(asked, overview, one, name, draft)
        else:
            _many(asked, overview, one, name, draft)
    caveat_of_period(asked, draft)
    draft.heed(one)
    tell_missing_days(one, draft)


def _one(asked: Understanding, overview: Seen, one: Seen, name: str, draft: Draft) -> None:
    value, wanted = as_number(one.at("groups", 0, name)), target(asked, name)
    where = f"{spoken_scope(asked)}{spoken_period(asked, asked.period)}"
    if value is None or wanted is None:
        draft.say(f"The {METRICS[name].label}{where} is missing, so it cannot be held against the target")
        return
    told = f"The {draft.metric(one, name, 'groups', 0, name)}{where} is {verdict(name, value, wanted, spoken_target(asked, overview, name, draft))}"
    draft.say(told)
    if is_thin(one.rows("groups")[0]):
        draft.warn(f"thin data: only {draft.value(one, 'conversions', 'groups', 0, 'conversions')} conversions, so this is uncertain")


def _many(asked: Understanding, overview: Seen, one: Seen, name: str, draft: Draft) -> None:
    wanted, kind = target(asked, name), by(asked)
    named = kpi.named_groups(asked, kind)
    groups = [(i, group) for i, group in enumerate(one.rows("groups")) if not named or str(group.get("key")) in named]
    good: list[str] = []
    bad: list[str] = []
    for i, group in groups[: 2 * _MOST]:
        value = as_number(group.get(name))
        if value is None or wanted is None:
            continue
        told = f"{name_of(group.get('key'))} ({draft.value(one, name, 'groups', i, name)})"
        (good if meets(name, value, wanted) else bad).append(told)
        if is_thin(group):
            draft.warn(f"thin data: {name_of(group.get('key'))} has few conversions, so its {METRICS[name].label} is uncertain")
    goal = spoken_target(asked, overview, name, draft)
    side = ("above", "below") if METRICS[name].lower_is_better else ("below", "above")
    when = spoken_period(asked, asked.period)
    draft.say(
        f"By {kind}{when}, {listed(bad[:_MOST]) or 'none'} {'misses' if len(bad) < 2 else 'miss'} {goal}: {METRICS[name].label} is {side[0]} target"
    )
    if good:
        draft.say(f"{listed(good[:_MOST])} {'meets' if len(good) == 1 else 'meet'} it, {side[1]} target")
