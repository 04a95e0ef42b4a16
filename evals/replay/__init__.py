"""Golden conversations: scripts as data, replayed through the real turn, checked step by step."""
