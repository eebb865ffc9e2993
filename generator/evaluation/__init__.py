"""Predictions against the truth: metrics computed by the warehouse, in SQL."""
