"""Sagas that are killed after each single step, and looked at when they have recovered."""
