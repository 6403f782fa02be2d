"""Series of a Prometheus: for `goldfinch monitor`, never for a decision about a rollout."""
