"""Renderings of a run, each through the escaping function of its sink."""
