"""An embedder without a model, for tests of scorers."""

from __future__ import annotations

from hashlib import blake2b
from math import sqrt

_DIMENSIONS = 64


class FakeEmbedder:
    """Texts that share words are near to each other; words that no text shares are as good as unrelated. Counts its calls."""

    name = "fake-bag-of-words"

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, text: str) -> tuple[float, ...]:
        """Adds up one direction a word; the order of words does not matter."""
        self.calls += 1
        vector = [0.0] * _DIMENSIONS
        for word in text.lower().split() or [""]:
            digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=_DIMENSIONS).digest()
            vector = [value + byte - 127.5 for value, byte in zip(vector, digest, strict=True)]
        length = sqrt(sum(value * value for value in vector))
        return tuple(value / length for value in vector)
