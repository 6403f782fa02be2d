"""Pure decisions: values in, values out. No I/O, no clock, no asyncio (kept by import-linter)."""
