"""The books, the journal and the doors in a SQL database, SQLite or PostgreSQL."""
