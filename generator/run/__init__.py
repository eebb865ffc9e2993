"""Running pipelines now, in this process."""

from generator.run.process import LocalAirflow, Progress, RunReport, TaskReport, run_pipeline

__all__ = ["LocalAirflow", "Progress", "RunReport", "TaskReport", "run_pipeline"]
