"""Follows up what was said: looks which conversations ended, drafts, and sends what was approved."""
