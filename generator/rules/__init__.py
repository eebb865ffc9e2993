"""Checks across fields and files, on top of what the schema says. Rules yield problems; they never print or raise."""
