"""What the person who imports decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from goldfinch.core.importing.finishing import Usable

InputForm = Literal["prompt", "vars"]


class SeveralModels(ValueError):
    """Answers of several models are there, and none was chosen; `names` are theirs."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True)
class Options:
    """`input`: ask the rendered prompt, or the variables of the test. `answers`: recorded answers are wanted, those of `model`."""

    usable: Usable
    input: InputForm = "prompt"
    answers: bool = False
    model: str | None = None

    def chosen(self, names: Iterable[str]) -> str | None:
        """The model whose answers to take; None where none are wanted or there. Raises `SeveralModels`."""
        known = tuple(dict.fromkeys(names))
        if not self.answers or not known:
            return None
        if self.model is None and len(known) == 1:
            return known[0]
        if self.model not in known:
            raise SeveralModels(known)
        return self.model
