"""Quality gates: a policy and evidence become the outcome of each of the six gates. Pure."""
