"""Spans that came in, read as facts of turns; which of them are sampled and scored."""
