"""From samples to a run folder: folds, training in parallel, predictions, scores, report."""
