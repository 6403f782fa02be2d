"""What `goldfinch check` decides beside the gates: whose rules hold, who overrode what, and how often a gate was wrong."""
