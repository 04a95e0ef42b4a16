"""What people and policy decide of updates: at once or after a rep, who, until when, and what that teaches."""
