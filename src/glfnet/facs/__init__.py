"""Action units: where each moves the skin (`atlas`), and how annotation sheets write them (`notation`)."""
