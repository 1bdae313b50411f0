"""GET /api/jobs/{id}/export: a job's lines, or the bytes it came from, as one stream of any length.

A stretch is read at a time, and its connection given back before the client is sent it: a slow client holds nothing
but that stretch.
"""
