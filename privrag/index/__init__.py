"""Where chunks live: Qdrant Edge in process by default, a Qdrant server by one setting."""
