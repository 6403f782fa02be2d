"""The way back: its order and proof, drills, evidence packs, runbooks."""
