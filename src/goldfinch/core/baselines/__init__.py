"""The run that a branch is compared with: when a run may become it, what is remembered of that, where it lies. Pure."""
