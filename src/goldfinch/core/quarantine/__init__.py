"""Flaky cases that a team knows of: who owns each, which runs showed it, and until when it fails nothing alone."""
