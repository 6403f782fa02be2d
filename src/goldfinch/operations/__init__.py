"""One module per verb: reads through ports, asks the core, carries out the answer."""
