"""An answer on disk: result.json, intervals.csv, curve.csv, maps.npz, report.html, and the annotated video."""
