"""Requests that Goldfinch sends itself: smoke tests, probe sessions, generated traffic."""
