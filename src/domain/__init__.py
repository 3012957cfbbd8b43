"""The inside: what a payment is and may become, in the standard library alone."""
