"""What became of the letters of a replay, in SQL: counted while it runs, and kept once it is completed."""

# What `published_at` tells holds whatever becomes of the letter. A crash may have kept it from being set.
COUNT_LETTERS = """
SELECT count(*) FILTER (WHERE is_published) AS published, count(*) FILTER (WHERE NOT is_published) AS waiting,
    count(*) FILTER (WHERE state = 'stored') AS stored,
    count(*) FILTER (WHERE state IN ('waiting', 'discarded') AND dead_lettered_at >= published_at) AS dead_again
FROM (
    SELECT state, dead_lettered_at, published_at, published_at IS NOT NULL OR state = 'stored' AS is_published
    FROM dead_letters WHERE dead_letters.replay_id = replays.replay_id
) AS letter
"""
"""Columns published, waiting, stored, dead_again (bigint) of the row of `replays` beside it."""
