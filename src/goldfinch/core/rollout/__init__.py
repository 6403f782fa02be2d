"""The rollout as a value: plan, state, and `advance`, which says what happens next and why. Source: DELIVERY 4a-4c."""
