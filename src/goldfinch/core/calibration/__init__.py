"""Whether a judge may be trusted: its judgements beside people's labels (STATISTICS D)."""
