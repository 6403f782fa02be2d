"""How large a golden dataset's parts may be.

A dataset is data from elsewhere (a pull request, production traffic), so a small file must not be able to take the machine's memory
(REQUIREMENTS T11). The limits are far above what a case written for an agent needs.
"""

from __future__ import annotations

MAX_DEPTH = 64
"""Levels of lists and objects in one case."""

MAX_NODES = 100_000
"""Values in one case, aliases expanded."""

MAX_INT_BITS = 1024
"""Bits of a whole number: what still converts to a float."""

MAX_NUMBER_CHARACTERS = 400
"""Characters of a number in YAML or CSV."""

MAX_CASE_BYTES = 8 * 1024 * 1024
"""Bytes of one JSON line, of one CSV row, and of one YAML text."""

MAX_YAML_BYTES = 10 * 1024 * 1024
"""Bytes of one YAML file; JSON Lines has no limit, because it is read a case at a time."""

MAX_YAML_NODES = 1_000_000
"""Values in one YAML file, aliases expanded."""

MAX_YAML_ALIASES = 1_000
"""Aliases (`*name`) in one YAML file."""

MAX_PROBLEMS = 50
"""Problems that one error shows; the others are counted."""

MAX_COUNTED_PROBLEMS = 1_000
"""Problems after which reading ends: describing a million of them would take longer than any reader waits."""
MAX_TRIALS = 1000
"""More answers to one case than any statistics here has a use for."""
MAX_WEIGHT = 1e6
"""A case that outweighs a million others is a mistake, and sums of such weights lose the others."""
