"""Benchmarks: each module prints a table; nothing here is asserted."""
