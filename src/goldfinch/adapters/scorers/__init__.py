"""Scorers that rest on a library (JSON Schema, regex with a timeout)."""
