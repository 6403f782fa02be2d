"""What the proxy serves: its routes, tokens and configuration, as pure functions of a rollout's split."""
