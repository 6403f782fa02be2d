"""Wires the scorer that rests on an embedding model. The model is loaded once per process, when a scorer is built that needs it."""

from __future__ import annotations

from functools import cache

from goldfinch.adapters.embeddings.minilm import MiniLM
from goldfinch.adapters.scorers.embedding_similarity import Against, EmbeddingSimilarity
from goldfinch.ports.embedder import Embedder


def embedding_similarity(*, against: Against = "answer", name: str = "embedding_similarity") -> EmbeddingSimilarity:
    """The cosine of the embeddings of the answer and of the accepted answer it is nearest to, or of the question; at least 0.

    It lies about denials: a statement and its denial have a cosine of 0.86 to 0.97, so it must not decide accuracy alone.
    Source: Reimers and Gurevych, Sentence-BERT, EMNLP 2019; the model is all-MiniLM-L6-v2 with int8 weights.

    Raises `ConfigurationError`: E1712 where the extra is not installed, E1713 where its model is not the one expected.
    """
    return EmbeddingSimilarity(embedder=_embedder(), against=against, name=name)


@cache
def _embedder() -> Embedder:
    return MiniLM()
