"""The sample table: readers of flow maps in the layouts that this field passes around, and made-up flow maps."""
