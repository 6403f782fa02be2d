"""Files of other tools, read within limits and handed on without being understood."""
