"""Line batches in, rows out: parse, COPY, commit, acknowledge."""
