"""Facts of all files to a Program: names, models, values, call graph, effect summaries."""
