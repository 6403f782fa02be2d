"""Datasets and run directories on disk."""
