"""Whose rules judge a change: policy, scorers, cases and baseline of the base branch where there is one. Source: REQUIREMENTS T9."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.adapters.files.settings_file import TOML_NAME, YAML_NAME
from goldfinch.adapters.git import BaseTree, base_tree
from goldfinch.bootstrap.policy import FLAGS, policy_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.checking.codes import NO_BASE_CASES
from goldfinch.core.checking.policy_changes import policy_changes, tighter_flags
from goldfinch.core.checking.verdict import Basis
from goldfinch.core.errors import ConfigurationError, DatasetError, GoldfinchError, Problem
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import Policy
from goldfinch.core.results.manifest import Manifest
from goldfinch.settings import Settings

NO_BASE = "Judged by the policy and cases of the working tree: there is no base branch to judge by (--base names one)."


@dataclass(frozen=True, slots=True)
class Rules:
    """What a change is judged by. `dataset` None: by the cases as they were asked."""

    loaded: LoadedSettings
    policy: Policy
    basis: Basis
    dataset: FileDataset | None = None
    dataset_fingerprint: str = ""
    base: BaseFiles | None = None

    @property
    def scorers_changed(self) -> bool:
        return self.basis.scorers_changed


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """The base branch, of which files are copied below `scratch` where a reader needs them."""

    tree: BaseTree
    scratch: Path

    def copy_of(self, path: str | Path) -> Path | None:
        """The base branch's version of a file or folder; None where it has none."""
        name = self.tree.path_of(path)
        return None if name is None else self.tree.write_out(name, self.scratch)

    def is_tracked(self, path: str | Path) -> bool:
        """Whether the change itself has the path under version control."""
        name = self.tree.path_of(path)
        return name is not None and bool(self.tree.blobs(name, "HEAD"))

    def is_edited(self, path: str | Path) -> bool:
        """Whether the change has other files at or below the path than the base branch."""
        name = self.tree.path_of(path)
        return name is not None and self.tree.blobs(name, "HEAD") != self.tree.blobs(name)

    def told(self, error: GoldfinchError) -> GoldfinchError:
        """`error` with the base branch's name in place of the folder that nobody knows."""
        if isinstance(error, DatasetError):
            return DatasetError(tuple(self._told(problem) for problem in error.problems))
        told = self._told(error.problem)
        return type(error)(told.what, where=told.where, hint=told.hint, code=error.code)

    def _told(self, problem: Problem) -> Problem:
        here, there = f"{self.scratch}/", f"{self.tree.ref}:"
        return replace(problem, what=problem.what.replace(here, there), where=problem.where.replace(here, there))


def rules_for(
    loaded: LoadedSettings,
    manifest: Manifest,
    scratch: Path,
    *,
    ref: str | None = None,
    config: Path | None = None,
    flags: Mapping[str, float] | None = None,
    gates: Iterable[GateName] | None = None,
) -> Rules:
    """The rules for one run. `flags` go before the policy; on a change they can only tighten the base branch's.

    Raises `ConfigurationError` (E2201, E2202) where there is a base branch that cannot be read, and for its settings and cases as
    readers of settings and datasets do.
    """
    given = dict(flags or {})
    required = tuple(gates) if gates is not None else None
    tree = base_tree(Path(), ref)
    if tree is None:
        return Rules(loaded, _policy(loaded.settings, required, given), Basis(None, None, NO_BASE))
    base = BaseFiles(tree, scratch)
    try:
        return _by_base(base, loaded, manifest, config=config, flags=given, required=required)
    except GoldfinchError as error:
        raise base.told(error) from None


def _by_base(
    base: BaseFiles,
    loaded: LoadedSettings,
    manifest: Manifest,
    *,
    config: Path | None,
    flags: Mapping[str, float],
    required: tuple[GateName, ...] | None,
) -> Rules:
    settings = _settings(base, config)
    theirs = replace(loaded, settings=settings or Settings())
    policy = policy_of(theirs.settings)
    held, refused = tighter_flags(_thresholds(policy), flags)
    dataset, notes = _dataset(base, loaded, theirs, manifest, is_new_here=settings is None)
    if settings is None and dataset is None:  # the change that brings Goldfinch along
        theirs = replace(loaded, settings=loaded.settings.model_copy(update={"gates": Settings().gates}))
    basis = Basis(
        base.tree.ref,
        base.tree.sha,
        f"Judged by {base.tree.ref} at {base.tree.sha[:10]}: its policy, cases and baseline.",
        policy_changes(policy, policy_of(loaded.settings)),
        refused,
        scorers_changed=_scoring(theirs.settings) != _scoring(loaded.settings),
        notes=(*notes, *_proposed_overrides(theirs.settings, loaded.settings, base.tree.ref)),
    )
    fingerprint = dataset.check().fingerprint if dataset is not None else ""
    return Rules(theirs, _policy(theirs.settings, required, held), basis, dataset, fingerprint, base)


def _policy(settings: Settings, required: tuple[GateName, ...] | None, flags: Mapping[str, float]) -> Policy:
    given: dict[str, Any] = dict(flags)
    return policy_of(settings, required=required, **given)


def _settings(base: BaseFiles, config: Path | None) -> Settings | None:
    """The base branch's settings; None where it has none. They lie where the change's would."""
    names = [config] if config is not None else [Path(YAML_NAME), Path(TOML_NAME)]
    copies = [copy for name in names if (copy := base.copy_of(name)) is not None]
    if config is not None:
        return load_settings(copies[0]).settings if copies else None
    if not copies:
        return None
    found = load_settings(folder=copies[0].parent)
    return None if found.file is None else found.settings


def _scoring(settings: Settings) -> Any:
    return settings.scorers, settings.judge


def _thresholds(policy: Policy) -> dict[str, float]:
    """The policy's threshold for each flag that it has one for."""
    plain: Any = asdict(policy)
    found: dict[str, float] = {}
    for flag, keys in FLAGS.items():
        value = plain
        for key in keys:
            value = value.get("min_metrics" if key == "metrics" else key) if isinstance(value, dict) else None
        if value is not None:
            found[flag] = value
    return found


def _dataset(
    base: BaseFiles, loaded: LoadedSettings, theirs: LoadedSettings, manifest: Manifest, *, is_new_here: bool
) -> tuple[FileDataset | None, tuple[str, ...]]:
    """The base branch's cases, and what has to be said of them. None: the cases count as they were asked."""
    paths = _paths(loaded, theirs, manifest)
    if not paths:
        return None, ("the dataset was not in files, so it is not held against the base branch's",)
    copies = [copy for path in paths if (copy := base.copy_of(path)) is not None]
    if copies:
        return FileDataset(copies), ()
    if not any(map(base.is_tracked, paths)):
        return None, (f"{', '.join(paths)}: not under version control, so it is not held against the base branch's",)
    if is_new_here:
        return None, (f"{base.tree.ref} has neither settings nor cases yet: judged by those of this change",)
    what = f"has none of the cases of this run: {', '.join(paths)}"
    hint = "cases inform only until they are merged: ask those of the base branch too, or merge the new ones first"
    raise ConfigurationError(what, where=base.tree.ref, hint=hint, code=NO_BASE_CASES)


def _paths(loaded: LoadedSettings, theirs: LoadedSettings, manifest: Manifest) -> tuple[str, ...]:
    """Where the base branch's cases are: where its settings say, unless the run asked others than the change's settings say."""
    asked = manifest.dataset.paths
    here, there = _written(loaded), _written(theirs)
    if there and {*map(os.path.normpath, asked)} == {*map(os.path.normpath, here)}:
        return there
    return asked


def _written(loaded: LoadedSettings) -> tuple[str, ...]:
    written = loaded.settings.dataset
    names = [] if written is None else [written] if isinstance(written, str) else written
    return tuple(str(loaded.path(name)) for name in names)


def _proposed_overrides(theirs: Settings, ours: Settings, ref: str) -> tuple[str, ...]:
    new = [one for one in ours.gates.overrides if one not in theirs.gates.overrides]
    return tuple(f"this change proposes to override {one.gate.value} (by {one.by}): it holds once it is on {ref}" for one in new)
