"""Datasets of other tools as golden cases: what maps to what, and a note for everything that does not."""
