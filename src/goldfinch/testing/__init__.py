"""Fakes of every port, shipped for users' tests, and the contract suites that fakes and real adapters both pass."""
