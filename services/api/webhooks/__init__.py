"""What GitHub delivers: checked against the secrets, given its place once, kept until the broker has it."""
