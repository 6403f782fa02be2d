"""One suite for the fake embedder and for MiniLM."""

from __future__ import annotations

from functools import cache

from goldfinch.adapters.embeddings.minilm import MiniLM
from goldfinch.ports.embedder import Embedder
from goldfinch.testing.embedder import FakeEmbedder
from goldfinch.testing.embedder_contract import EmbedderContract


class TestFakeEmbedder(EmbedderContract):
    def embedder(self) -> Embedder:
        return FakeEmbedder()


class TestMiniLM(EmbedderContract):
    def embedder(self) -> Embedder:
        return _loaded()


@cache
def _loaded() -> MiniLM:
    return MiniLM()
