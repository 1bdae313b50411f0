"""Who is asking: passwords, sessions and API keys."""
