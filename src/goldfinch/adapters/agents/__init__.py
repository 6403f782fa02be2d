"""Ways to ask an agent: Python callable, HTTP, OpenAI-compatible API, subprocess, recorded answers."""
