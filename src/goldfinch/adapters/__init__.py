"""The world behind the ports: files, agents, scorers that need a library, report formats. Unaware of each other."""
