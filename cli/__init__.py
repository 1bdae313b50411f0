"""The `logmill` command."""
