"""What every service of logmill shares: wire contract, settings, storage, lifecycle, and the parsing core."""
