"""Goldfinch: CI/CD for AI agents.

Evaluate an agent on a golden dataset, decide with statistics that hold, roll the change out with automatic rollback.
"""

__version__ = "0.1.0"
