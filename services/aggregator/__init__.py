"""Partials in, rollups and job state out."""
