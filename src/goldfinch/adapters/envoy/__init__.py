"""Envoy as the data plane of a rollout: its files, its admin interface, its process, and the router that the controller asks."""
