"""Intervals, estimators and mergeable accumulators, each with its source."""
