"""Running pipelines now, in this process."""

from generator.run.process import LocalAirflow, RunReport, TaskReport, run_pipeline

__all__ = ["LocalAirflow", "RunReport", "TaskReport", "run_pipeline"]
