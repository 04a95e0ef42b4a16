"""The update document: its models, the fields it may write, its schemas and versions."""
