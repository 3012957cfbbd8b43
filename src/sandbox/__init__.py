"""A stand-in for the OCTO payment gateway, a program of its own for anyone who integrates OCTO."""
