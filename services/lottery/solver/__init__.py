"""The only home of OR-Tools: `parent` starts one process for each solve, `child` is that process."""
