"""Is the canary worse than the stable release? Measurements of two arms in, a verdict with its reason out. Source: STATISTICS A2."""
