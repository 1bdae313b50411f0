"""What keeps one delivery from being replayed, and no other."""

from shared.errors import LogmillError


class DeliveryRefused(LogmillError):
    """GitHub has it no more, or the api does not take it as it is: others may fare better."""
