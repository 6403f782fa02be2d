"""How people are told: a line of the log, and a webhook."""
