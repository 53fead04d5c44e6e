"""Background work: what the worker does between requests. One module per subject; `schedule` is the one timetable."""
