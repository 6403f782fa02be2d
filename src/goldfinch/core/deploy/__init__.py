"""What the local deployer decides: when a release may be started, and whether the way back is ready."""
