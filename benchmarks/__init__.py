"""Measurements against the usual way, each printed as a ratio: `python -m benchmarks`."""
