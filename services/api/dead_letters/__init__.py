"""Line batches that no worker could store: seen, replayed and discarded by their owners and by operators."""
