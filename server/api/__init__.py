"""The REST API: other systems put documents in and ask how the knowledge stands."""
