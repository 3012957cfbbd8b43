"""The schema's history: each file is one step from the last released schema to the next."""
