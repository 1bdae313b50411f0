"""GET /api/jobs/{id}/verify: a job counted once more from its rows, and whether everything adds up.

What stands higher up is held against what it was summed up from: the job's counters against the ledger, the ledger
against the rows, summary and rollups against the records, the rows against the hash of the input. The rows are read a
stretch of batches at a time, and the connection is given back in between.
"""
