"""How a judge is asked: all of it is part of the judge's version, because any of it can change a score."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b, sha256

from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.material import Material
from goldfinch.core.judging.prompt import LENGTHS, PROMPT_VERSION, Messages, messages_for, nonce_for, pair_messages_for
from goldfinch.core.judging.reading import READING_VERSION
from goldfinch.core.judging.rubric import Rubric


@dataclass(frozen=True, slots=True)
class JudgeProtocol:
    """`model` is how a person calls the judge's model; `model_version` changes with its address, prompt and parameters.

    `votes` are independent replies to the same question. `salt` goes into every nonce; it needs no secrecy (`prompt.nonce_for`).
    """

    model: str
    model_version: str
    votes: int = 1
    check: Check = Check.ALWAYS
    salt: str = ""

    def __post_init__(self) -> None:
        if self.votes < 1:
            raise ValueError(f"a judge has at least one vote, not {self.votes}")

    @property
    def described(self) -> str:
        """The judge as a run's manifest names it."""
        return f"{self.model} ({self.model_version}), votes {self.votes}, counter-question {self.check}"


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the judge's model. `key` names its reply: the same question is never paid for twice in one run."""

    key: str
    messages: Messages
    vote: int


@dataclass(frozen=True, slots=True)
class RubricJudge:
    """A protocol applied to one rubric: what a calibration is about, and what a score's version names."""

    rubric: Rubric
    protocol: JudgeProtocol

    @property
    def version(self) -> str:
        """Two scores are comparable, and a calibration holds, only where this is the same (STATISTICS D)."""
        parts = {"protocol": asdict(self.protocol), "rubric": asdict(self.rubric), "prompt": PROMPT_VERSION, "reading": READING_VERSION}
        text = json.dumps(parts | {"lengths": asdict(LENGTHS)}, sort_keys=True)
        return f"judge-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"

    def grade(self, material: Material, vote: int) -> Question:
        """The call that asks for a level for the `vote`-th time, counted from 0."""
        return self._question(messages_for(self.rubric, material, nonce_for(material, self.protocol.salt)), vote)

    def compare(self, material: Material, second: str, vote: int) -> Question:
        """The call that shows the answer of `material` as A and `second` as B."""
        both = replace(material, answer=f"{len(material.answer)}:{material.answer}{second}")
        return self._question(pair_messages_for(self.rubric, material, second, nonce_for(both, self.protocol.salt)), vote)

    def _question(self, messages: Messages, vote: int) -> Question:
        text = json.dumps([self.protocol.model, self.protocol.model_version, messages, vote])
        return Question(blake2b(text.encode(), digest_size=20).hexdigest(), messages, vote)
