"""Users of the host application: who they are by its signed token, and what they may read."""
