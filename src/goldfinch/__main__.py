"""`python -m goldfinch`."""

from goldfinch.cli.app import main

main()
