"""The benchmarks, one file each. Ratios are measured in one run, alternating the two sides, on one thread."""
