"""A recorded rollout, decided again: the course that was taken, the decisions that would have been, and where the two part."""
