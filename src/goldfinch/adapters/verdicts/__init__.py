"""Where a verdict of `goldfinch check` goes: JSON, JUnit, SARIF, and the files that GitHub Actions reads."""
