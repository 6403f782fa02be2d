"""What Goldfinch claims about its speed, rerunnable: `python -m benchmarks`."""
