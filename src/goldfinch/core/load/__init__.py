"""Benchmarks as values: when requests are due, what their times amount to, whether two of them differ. Source: STATISTICS A3."""
