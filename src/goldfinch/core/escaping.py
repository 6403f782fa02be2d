"""Model text is hostile. One function per sink makes it harmless there; nothing else may write untrusted text (REQUIREMENTS §4)."""

from __future__ import annotations


def for_terminal(text: str) -> str:
    """Strip control characters other than newline and tab; show bidirectional overrides as escapes (T4)."""
    return "".join(c if c in "\n\t" or c.isprintable() else "" for c in text)
