"""What goes over the wire to an agent and what comes back, as pure functions of values and bytes."""
