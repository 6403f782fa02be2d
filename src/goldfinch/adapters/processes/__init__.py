"""Releases as processes of this machine: the deployer that needs nothing else."""
