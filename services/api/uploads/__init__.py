"""POST /upload: request body → files → line batches → logs_ingest, in the memory of a few batches."""
