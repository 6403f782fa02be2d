"""Which report formats there are, and the run and dataset that a report is made from."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from goldfinch.core.errors import ConfigurationError, InfrastructureError, UsageError
from goldfinch.core.results import codes
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.report import Report
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.reporter import EveryCase, Reporter
from goldfinch.ports.run_journal import RunReader

PLUGIN_GROUP = "goldfinch.reporters"

_SHIPPED = {
    "text": "goldfinch.adapters.reports.terminal:TerminalReporter",
    "markdown": "goldfinch.adapters.reports.markdown:MarkdownReporter",
    "json": "goldfinch.adapters.reports.json:JsonReporter",
    "junit": "goldfinch.adapters.reports.junit:JUnitReporter",
    "html": "goldfinch.adapters.reports.html.reporter:HtmlReporter",
}
FILE_FORMATS: Sequence[str] = ("markdown", "json", "junit", "html")
"""What an output directory gets where no format is asked for."""


def formats() -> list[str]:
    """Every format that can be asked for, shipped ones first. Imports none of them."""
    return [*_SHIPPED, *sorted(_plugins())]


def load_reporter(name: str, page: Path | None = None) -> Reporter:
    """The reporter of a format; `page` is the HTML report that a person finds beside it.

    Raises `UsageError` (E1801) for an unknown format, `ConfigurationError` (E1802) for a broken plugin.
    """
    if name == "text" and page is not None:
        from goldfinch.adapters.reports.terminal import TerminalReporter

        return TerminalReporter(page=str(page))
    if name in _SHIPPED:
        module, _, attribute = _SHIPPED[name].partition(":")
        reporter: Reporter = getattr(import_module(module), attribute)()
        return reporter
    plugin = _plugins().get(name)
    if plugin is None:
        raise UsageError(f"no report format {name!r}", hint=f"known: {', '.join(formats())}", code=codes.UNKNOWN_FORMAT)
    return _load(plugin)


def open_run(run_dir: Path) -> RunReader:
    """The run in a directory; nothing is read yet."""
    from goldfinch.adapters.files.run_directory import RunDirectory

    return RunDirectory(run_dir)


def dataset_of(manifest: Manifest) -> Dataset | None:
    """The dataset that the run asked, None where its files are not here."""
    from goldfinch.adapters.files.datasets import FileDataset

    paths = manifest.dataset.paths
    return FileDataset(paths) if paths and all(map(_is_there, paths)) else None


def _is_there(path: str) -> bool:
    """False too of what no file can be called: a manifest may come from anywhere."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def write_report_file(reporter: Reporter, report: Report, every_case: EveryCase, path: Path) -> None:
    """Write a report as a whole or not at all, folders on the way included. Raises `InfrastructureError` (E1803)."""
    from goldfinch.adapters.files.atomic import atomic_text_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as out:
            reporter.write(report, every_case, out)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE) from error


def _plugins() -> dict[str, EntryPoint]:
    """The formats that installed packages offer; shipped ones cannot be replaced."""
    return {entry.name: entry for entry in entry_points(group=PLUGIN_GROUP) if entry.name not in _SHIPPED}


def _load(entry: EntryPoint) -> Reporter:
    try:
        reporter: Any = entry.load()()
        if not (isinstance(getattr(reporter, "file_name", None), str) and callable(getattr(reporter, "write", None))):
            raise TypeError("a reporter has a `file_name` and a method `write`")
        checked: Reporter = reporter
    except Exception as error:
        package = entry.dist.name if entry.dist else "an unknown package"
        raise ConfigurationError(
            f"the report format {entry.name!r} ({entry.value}) of {package} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"update or uninstall {package}",
            code=codes.BROKEN_REPORTER,
        ) from error
    return checked
