"""What the way back asks of the outside: live requests through the proxy, its access log read again, the file of drills."""
