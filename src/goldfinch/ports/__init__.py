"""What operations need from the world, as small protocols."""
