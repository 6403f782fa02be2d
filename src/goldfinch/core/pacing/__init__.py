"""How fast, how often and how much: concurrency, retries, circuit breaker, budget. Policies without a clock of their own."""
