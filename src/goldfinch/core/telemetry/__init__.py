"""A run seen from outside: what its OpenTelemetry spans are, how they are written, where they go. Pure."""
