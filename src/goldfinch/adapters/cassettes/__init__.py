"""Recorded exchanges between agents and models: the file they are in, recording, replaying, and the proxy for other people's code."""
