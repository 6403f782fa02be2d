"""Series of a Prometheus: for the screen and for `goldfinch monitor`, never for a decision about a rollout."""
