"""From one table of predictions to numbers: scores, intervals, tests, calibration."""
