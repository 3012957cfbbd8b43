"""OCTO over HTTP: its words, its signature, and what an answer, or none, is worth."""
