"""The store of rollouts, releases and their audit log in SQLite or PostgreSQL. Needs the extra `rollout`."""
