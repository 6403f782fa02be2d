"""Judging by a model: what the judge is told, how its reply is read, and when its word counts. Pure; operations make the calls."""
