"""What the agent tells about itself: spans, metrics and logs, each carrying the release that speaks; no content unless it is asked for."""
