"""Memory of sessions: earlier turns for a while, facts for good. docs/memory.md has the rules."""

from .entries import SCHEMA_VERSION
from .errors import EntryRefused, MemoryUnavailable, NewerSchema
from .stored_memory import StoredMemory, memory_of

__all__ = ["SCHEMA_VERSION", "EntryRefused", "MemoryUnavailable", "NewerSchema", "StoredMemory", "memory_of"]
