"""Takes uploads in as line batches, and answers every read of the HTTP interface."""
