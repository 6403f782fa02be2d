"""Opening what a task's context names, and keeping it open."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

from src.tools.errors import UnknownAccount
from src.tools.workspace import DOCUMENT, Workspace

KEPT_OPEN = 64


class Workspaces:
    """The accounts below a folder and those in line, each opened once for its content. Safe under threads."""

    def __init__(self, data_dir: Path | str) -> None:
        self._data_dir = Path(data_dir)
        self._open: OrderedDict[Hashable, Workspace] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """The accounts' folders."""
        if not self._data_dir.is_dir():
            return ()
        return tuple(sorted(folder.name for folder in self._data_dir.iterdir() if folder.is_dir() and not folder.name.startswith(".")))

    def open(self, context: Mapping[str, Any]) -> Workspace:
        """The workspace of a task's context: a folder's name, an account in line, or any other JSON.

        Raises `UnknownAccount` where no folder has the name, `DataError` where the data cannot be read.
        """
        account = context.get("account")
        if isinstance(account, str):
            return self._of_folder(account)
        key = ("inline", json.dumps(context, default=str))
        return self._opened(key, lambda: Workspace.from_inline(context))

    def _of_folder(self, name: str) -> Workspace:
        # A name is looked up among the folders that exist, never joined to a path unseen: `..` and absolute paths are no folder's name.
        names = self.names()
        if name not in names:
            raise UnknownAccount(name, names)
        folder = self._data_dir / name
        return self._opened((name, _content_stamp(folder)), lambda: Workspace.from_directory(folder))

    def _opened(self, key: Hashable, load: Callable[[], Workspace]) -> Workspace:
        with self._lock:
            if key not in self._open:
                self._open[key] = load()
                while len(self._open) > KEPT_OPEN:
                    self._open.popitem(last=False)
            self._open.move_to_end(key)
            return self._open[key]


def _content_stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file of the account does: names, sizes and times to the nanosecond."""
    files = [*sorted(folder.glob("*.csv")), folder / DOCUMENT]
    stats = [(file.name, file.stat()) for file in files if file.is_file()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
