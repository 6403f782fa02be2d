"""Simulated rollouts: how often each way of judging a canary is wrong, and how soon it finds what is there."""
