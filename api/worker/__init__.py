"""Jobs done: runs solved, messages sent, upkeep; by Procrastinate on PostgreSQL, by threads on the embedded database."""
