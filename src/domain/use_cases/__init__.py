"""What the service does for its users, one module a group."""
