"""Benchmarks against peers: `python -m benchmarks` measures, prints, and writes docs/benchmarks.md."""
