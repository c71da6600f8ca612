"""What detectors that watch a running program decide, row by row, and what perflint answers on a case of its own."""
