"""Who did what, when and why, in a chain of hashes that shows every later change. Source: T18."""
