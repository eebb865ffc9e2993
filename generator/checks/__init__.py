"""Checks of data: one SELECT for all checks of a table, and what its row says about each of them."""
