"""How far apart two figures of the conversation are: the last two that were told, subtracted."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.deterministic.asking import caveat_of_period, kpis
from src.models.deterministic.conversation import Earlier
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.understanding import Understanding

NAME = "difference"
_FILTERS = (("campaign", "campaigns"), ("channel", "channels"), ("audience", "audiences"))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two figures: its turn, and how it is spoken of."""

    turn: Earlier
    told: str


def matches(asked: Understanding) -> float:
    return 0.79 if asked.has("difference") and not asked.named.mentions and not asked.metric_words and sides(asked) else 0.0


def sides(asked: Understanding) -> tuple[Side, Side] | None:
    """The last two turns that told one figure each, of the same metric; None where there are none."""
    turns = [Earlier.of_notes(turn.understood) for turn in asked.memory.turns if turn.understood.get("intent") == "kpi"][-2:]
    if len(turns) < 2 or not turns[0].metrics or turns[0].metrics[:1] != turns[1].metrics[:1] or turns[1].metrics[0] not in METRICS:
        return None
    if turns[0].periods == turns[1].periods:
        first, second = (Side(turn, _scope(turn) or "all campaigns") for turn in turns)
    else:
        first, second = (Side(turn, turn.periods[-1].told if turn.periods else "all days") for turn in turns)
    return (first, second) if first.told != second.told else None


def _scope(turn: Earlier) -> str:
    names = [*map(name_of, turn.campaigns), *turn.channels, *(f"the {one} audience" for one in turn.audiences)]
    return listed(names)


def _filters(turn: Earlier) -> dict[str, str]:
    return {key: getattr(turn, names)[0] for key, names in _FILTERS if len(getattr(turn, names)) == 1}


def plan(asked: Understanding) -> tuple[Call, ...]:
    both = sides(asked)
    if both is None:
        return ()
    return tuple(
        kpis(
            f"Compute the figure of {side.told} once more.",
            "total",
            side.turn.periods[-1] if side.turn.periods else None,
            _filters(side.turn),
        )
        for side in both
    )


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    both = sides(asked)
    if both is None or len(seen) < 3:
        draft.say("Which two figures shall I subtract?")
        return
    name = both[0].turn.metrics[0]
    metric, found = METRICS[name], [as_number(one.at("groups", 0, name)) for one in seen[1:3]]
    if found[0] is None or found[1] is None:
        draft.say(f"I cannot tell the difference: the {metric.label} is missing for one of the two")
        return
    _tell(both, (found[0], found[1]), seen[1:3], name, draft)
    caveat_of_period(asked, draft) if asked.periods else None
    draft.heed(*seen[1:3])


def _tell(both: tuple[Side, Side], found: tuple[float, float], seen: tuple[Seen, ...], name: str, draft: Draft) -> None:
    metric = METRICS[name]
    more, less = (0, 1) if found[0] >= found[1] else (1, 0)
    path = ("groups", 0, name, "value") if metric.ratio else ("groups", 0, name)
    source = f"difference({seen[more].source(*path)}, {seen[less].source(*path)})"
    gap = draft.claimed(found[more] - found[less], f"difference in {metric.label}", metric.unit, source)
    values = [draft.value(one, name, "groups", 0, name) for one in seen]
    draft.say(
        f"The difference in {metric.label} is {gap}: {both[more].told} has {values[more]}, more than {both[less].told} with {values[less]}"
    )
