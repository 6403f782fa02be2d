"""What the agent computes with: accounts, opened as workspaces, and eight tools over them. docs/tools.md describes each."""

from src.tools.errors import DataError, ToolFailure, UnknownAccount
from src.tools.registry import ToolRegistry, registry
from src.tools.workspace import Workspace
from src.tools.workspaces import Workspaces

__all__ = ["DataError", "ToolFailure", "ToolRegistry", "UnknownAccount", "Workspace", "Workspaces", "registry"]
