"""Conversations, the frame log, decision records, the vault and console accounts."""
