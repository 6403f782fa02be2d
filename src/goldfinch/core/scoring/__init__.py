"""Scorers that need nothing but the case and the output, and how their scores decide whether a case passes."""
