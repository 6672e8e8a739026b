"""Plain files of organisers and of the field's tools: read into a pool, and written back with what was drawn."""
