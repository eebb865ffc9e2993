"""Running one pipeline now, in this process."""

from generator.run.process import RunReport, TaskReport, run_pipeline

__all__ = ["RunReport", "TaskReport", "run_pipeline"]
