"""How much is read from files of other tools. They are held in memory as a whole, unlike golden datasets."""

from __future__ import annotations

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Bytes of one JSON document, and of one unpacked file of an archive."""

MAX_DOCUMENT_VALUES = 2_000_000
"""Values in one JSON document."""

MAX_KEPT_BYTES = 256 * 1024 * 1024
"""Bytes of everything that is kept of the files of one import."""

MAX_ARCHIVE_BYTES = 2 * 1024 * 1024 * 1024
"""Bytes that an archive may unpack to, most of which are passed over."""

MAX_ARCHIVE_DIRECTORY_BYTES = 8 * 1024 * 1024
"""Bytes of an archive's list of its files, which is read at once: room for some 90,000 samples."""

MAX_ARCHIVE_RATIO = 1_000
"""Unpacked bytes for each packed one, above `FREE_RATIO_BYTES`. Inspect's logs reach about 50."""

FREE_RATIO_BYTES = 1024 * 1024
"""Below this size the ratio does not matter."""

MAX_REFERENCES = 1_000
"""Files that a promptfoo configuration may name."""

MAX_CASES = 200_000
"""Cases that one import makes: promptfoo multiplies prompts, tests and lists of variables."""

MAX_SCORERS = 30
"""Different checks that get a scorer of their own; each is asked for every case."""

MAX_PLACES = 100
"""Places that a note lists; the others are counted."""
