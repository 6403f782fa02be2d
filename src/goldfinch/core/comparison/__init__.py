"""Two runs of the same cases, compared: improved, no change, regressed or inconclusive, per metric and per case. Pure."""
