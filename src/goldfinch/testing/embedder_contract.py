"""What every embedder must do, as tests to inherit: the fake, ours and those from elsewhere pass the same suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from math import isfinite, sqrt

from goldfinch.ports.embedder import Embedder
from goldfinch.testing.hostile_text import HOSTILE_TEXTS

_QUESTION = "How can I reset my password?"
_NEAR = "I want to reset my password, how can I do that?"
_FAR = "The orchestra plays in the open air on Sunday."


class EmbedderContract(ABC):
    """Inherit, implement `embedder`, and let pytest collect the class."""

    @abstractmethod
    def embedder(self) -> Embedder:
        """The embedder under test; may be the same object every time."""

    def test_has_a_name(self) -> None:
        assert self.embedder().name

    def test_every_text_has_a_vector_of_length_one_and_of_the_same_dimension(self) -> None:
        embedder = self.embedder()
        dimensions = set()
        for text in (_QUESTION, "", " \n", "\ud800", "0", "word " * 20_000, "x" * 50_000, *HOSTILE_TEXTS.values()):
            vector = embedder.embed(text)
            assert all(map(isfinite, vector))
            assert abs(sqrt(sum(value * value for value in vector)) - 1) < 1e-3
            dimensions.add(len(vector))
        assert len(dimensions) == 1

    def test_the_same_text_has_the_same_vector_from_several_threads(self) -> None:
        embedder = self.embedder()
        first = embedder.embed(_QUESTION)
        with ThreadPoolExecutor(4) as pool:
            assert all(list(vector) == list(first) for vector in pool.map(embedder.embed, [_QUESTION] * 8))

    def test_a_text_is_nearer_to_its_paraphrase_than_to_something_else(self) -> None:
        embedder = self.embedder()
        question, near, far = map(embedder.embed, (_QUESTION, _NEAR, _FAR))
        assert _dot(question, near) > 0.5 > _dot(question, far)


def _dot(left: object, right: object) -> float:
    assert isinstance(left, tuple | list)
    assert isinstance(right, tuple | list)
    return float(sum(a * b for a, b in zip(left, right, strict=True)))
