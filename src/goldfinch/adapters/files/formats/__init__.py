"""One module per file format of golden datasets: bytes to located raw values, and cases to bytes."""
