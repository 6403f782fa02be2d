"""Live traffic: the proxy's access log and what becomes known of turns afterwards, by durable offsets; answers that wait to be scored."""
