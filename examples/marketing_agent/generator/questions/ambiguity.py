"""Ambiguous questions: the right answer states what it assumed, or asks back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.paraphrases import Ask, Name, ask
from generator.questions.case import Question
from generator.questions.view import View
from generator.questions.wording import CAMPAIGN

ASSUMED = (
    "assuming", "assume", "assumed", "assumption", "clarify", "specify", "do you mean", "interpreted", "interpret", "should I", "which do you",
    "would you like", "please tell me", "ambiguous", "unclear",
)  # fmt: skip
"""How an answer says that it had to choose, or asks."""

ASKS = ("which campaign", "which one", "do you mean", "clarify", "specify", "tell me which", "unclear", "should I")


def questions(views: Sequence[View]) -> Iterator[Question]:
    first, second, third, fourth = views
    yield _assumed(
        first, 1, _best_campaign(), f"Assuming that you mean ROAS over the whole period, the best campaign is {first.regular[0]}."
    )
    yield _assumed(second, 2, _how_are_we_doing(), "Assuming that you mean CPA over the last 7 days, the account is stable.")
    yield _assumed(third, 3, _how_is(third.regular[0]), f"Assuming that you mean ROAS over the last 28 days, {third.regular[0]} is stable.")
    yield _assumed(fourth, 4, _which_channel(), "Assuming that you mean ROAS over the whole period, email is the better channel.")
    yield _asks_back(first, 5, _other_one(), "Which campaigns do you mean: this one and which other one?")
    yield _asks_back(third, 6, _pause_it(), "Which campaign do you mean by it?")


def _assumed(view: View, number: int, spoken: Ask, reference: str) -> Question:
    bare = reference.split(", ", 1)[1]
    return Question(
        id=f"ambiguity-{number:02d}",
        account=view.name,
        turns=[spoken],
        reference=reference,
        mistakes={"assumption": bare[:1].upper() + bare[1:]},
        answer=ASSUMED,
        tags=["assumption", "caveat"],
        difficulty="hard",
        note="Metric or period is not said: an answer has to say which it took.",
    )


def _asks_back(view: View, number: int, spoken: Ask, reference: str) -> Question:
    return Question(
        id=f"ambiguity-{number:02d}",
        account=view.name,
        turns=[spoken],
        reference=reference,
        mistakes={"guess": f"{view.regular[0]} has ROAS 3.10, so yes."},
        answer=ASKS,
        must_include=["?"],
        tags=["asks_back"],
        difficulty="hard",
        note="Nothing in the session says what is meant: only a question helps.",
    )


def _best_campaign() -> Ask:
    return ask(
        "[Which|What] is our best campaign?",
        "[Which|What] campaign [is doing best|is the best|performs best|works best][ for us|]?",
        "[What's|What is] the [best|top|strongest|most successful] campaign[ we have| of ours|]?",
        "[Tell me|Show me|Give me|Name] our [best|top|strongest|best-performing] campaign.",
        "[best|top] campaign[?|]",
        "[If you had to pick|If I could keep only one], [which|what] campaign [would it be|is the best|is our best]?",
        "[Which|What] of our campaigns [is|comes out] [on top|best|ahead]?",
        "[Rank|Please rank] [our|the] campaigns and [tell me|say] which is [best|on top|the strongest].",
        "[Where|With which campaign] do we [do|perform] best?",
        "[The|Our] [winner|star|champion] among [our|the] campaigns[ is|:] [which one|who]?",
        "[Our|The] [best|strongest|top] campaign - which [one |]is it?",
        "[Which|What] campaign should I [be proud of|show off|praise]?",
    )


def _how_are_we_doing() -> Ask:
    return ask(
        "How are we doing[ lately| at the moment| right now|]?",
        "How [is|are] [the account|our account|our campaigns|things|our ads] [doing|going|running|performing][ lately| right now|]?",
        "[Give me|I need|Show me] [an update|a quick update|the status|a summary][ of the account| on the account|].",
        "[Are|How are] our [numbers|results] [good|ok|looking][ lately| at the moment|]?",
        "[Status|Update|Where do we stand][?|]",
    )


def _how_is(name: str) -> Ask:
    return ask(
        "How is {who} [doing|going|performing|running][ lately| at the moment| right now|]?",
        "[Is|Are the numbers of] {who} [good|any good|doing well]?",
        "[Give me|I need] [an update|a quick update|the status] [on|of] {who}.",
        "[What about|How about|Tell me about] {who}[?|]",
        "{who} - [how does it do|any good|how's it going]?",
        who=CAMPAIGN,
        name=Name(name),
    )


def _which_channel() -> Ask:
    return ask(
        "Which channel is [better|best|the better one|stronger], search or email?",
        "[Is|Does] [search|email] [better than|work better than|do better than] [email|search]?",
        "Search or email: [which is better|which works better|which one|what works better][ for us|]?",
        "[Which channel|What channel] [works|performs|does] [better|best][ for us|]: email or search?",
        "[Who|What] [wins|is ahead|comes out better], [our |]search or [our |]email?",
        "[We have search and email|Search and email]: [where are we better|which one is stronger|which do we do better in|which one is the better channel]?",
        "[Is it|Would you say it is|Would it be] [search|email] or [email|search] that [works|performs|does] better[ for us|]?",
        "[Compare|Please compare] [search with email|email with search|search and email][, which is better|: which is better|. Which one is better|, who is ahead]?",
        "search [vs|versus|or] email, [which is better|what's better|who wins]?",
        "[Tell me|Say] whether [search|email] or [email|search] is [better|doing better|the stronger channel].",
    )


def _other_one() -> Ask:
    return ask(
        "Is [it|this one|that one] better than the other one?",
        "[Is|Was] the other one [better|cheaper|stronger|doing better]?",
        "[Does|Did] [it|that one|this one] [do|work|perform] better than the other[ one|]?",
        "[And|So] [is|was] the [other one|second one] better[ than this one| than that one| than it|]?",
        "[Compare|Please compare] it with the other one.",
        "[it|this one|that one] or the other one, [which is better|which one is better|what's better]?",
        "[Better|Worse|Cheaper|Stronger] than the other one[?|, or not?]",
        "[How|How well] does [it|this one|that one] [compare|stack up] [to|against] the other[ one|]?",
        "[Is|Was] the [first|second] one [really |][better|cheaper|stronger|worse] than [the other|the other one|that other one]?",
        "[Which of the two|Which one of both|Which of these two] [is|was] [better|cheaper|stronger]?",
    )


def _pause_it() -> Ask:
    return ask(
        "[Should|Shall] [we|I] [pause|stop|switch off|end|keep] [it|this one|that one|this campaign|that campaign]?",
        "[Does it make sense|Would you advise|Is it time] to [pause|stop|switch off|end] [it|this campaign|that campaign|that one]?",
        "[Pause|Stop|Switch off] [it|this campaign|that one] [or not|or keep it][?|]",
        "[What|How much] would we [lose|miss] [if we paused it|if we stopped it|without it]?",
        "[Is it|Is this one|Is that one] worth [keeping|continuing|its money]?",
    )
