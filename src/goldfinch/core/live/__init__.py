"""Live traffic as events of sessions: lines of the access log, notes, series of Prometheus."""
