"""What happened to a pipeline, from the log of its runs in the warehouse: the story of one run, and all runs in a row.

The log's tables are ``runs``, ``tasks``, ``checks`` and ``tables`` in Redshift; each row was written once, at the end
of a task's try or of a run. A run of which only a part was logged is told as far as it is known.
"""
