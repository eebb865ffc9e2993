"""The registry of models: which versions were trained, and which one is current from which day on.

Two tables in the schema of the run log, `models` and `promotions`. The current version at a day is that of the newest
promotion that is in effect then, so that a run for a past day uses what was current at that day.
"""
