"""The controller of rollouts: a level-triggered loop over rows, sight and measurements. Killed anywhere, it goes on from the row."""
