"""What is asked of the server, and who may ask it."""
