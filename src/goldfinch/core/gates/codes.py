"""The error codes of quality gates and of the files that they read as evidence, each with its meaning and its remedy."""

from __future__ import annotations

BAD_THRESHOLD = "E2101"

EXPLANATIONS = {
    BAD_THRESHOLD: (
        "A threshold that was given for this check cannot be: a share lies between 0 and 1, an amount from 0.",
        "Correct the option that is named: 0.85 is 85 %.",
    ),
}
