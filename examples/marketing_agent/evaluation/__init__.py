"""How the agent is evaluated: the golden dataset, and the adapters through which Goldfinch asks the agent."""
