"""From scores to what people read: figures, tables, one page."""
