"""The agent as a service: HTTP, sessions, health, metrics, and an end that loses nothing. See docs/service.md."""
