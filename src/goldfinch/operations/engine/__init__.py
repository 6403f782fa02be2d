"""The evaluation engine: asks an agent many cases at once, records every answer, survives whatever goes wrong."""
