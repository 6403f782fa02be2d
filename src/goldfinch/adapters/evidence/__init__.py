"""Reports of other tools, read as evidence: linters, type checkers, tests, coverage, scanners."""
