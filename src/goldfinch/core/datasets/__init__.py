"""Golden cases: what they are, whether they are valid, how they are named by their content."""
