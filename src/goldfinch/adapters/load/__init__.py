"""Load on a target: requests on the wire, agents, the server that does nothing, and the clock that requests are sent by."""
