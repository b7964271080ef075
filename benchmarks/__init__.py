"""Speed as ratios within one run: `python -m benchmarks`. Reports only; nothing here is asserted by a test."""
