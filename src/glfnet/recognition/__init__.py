"""From a video to a result: what micro-expression, when, how sure, and why not."""
