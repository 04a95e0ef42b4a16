"""Readers of document formats, one file each; all of them yield the same blocks."""
