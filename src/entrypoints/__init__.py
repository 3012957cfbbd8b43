"""The driving side, and the wiring."""
