"""All pages, in the order in which they are listed."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.pages.broken import BROKEN
from goldfinch.core.recovery.pages.held import HELD
from goldfinch.core.recovery.pages.measured import MEASURED

RUNBOOKS: Final = (*MEASURED, *HELD, *BROKEN)
