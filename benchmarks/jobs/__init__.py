"""One benchmark job per module, each run in a process of its own: `python -m benchmarks.jobs.<name> --help`."""
