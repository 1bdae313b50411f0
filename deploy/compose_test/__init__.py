"""The compose files run for real: loads, scaling, a killed worker, a restart, and an account of every line."""
