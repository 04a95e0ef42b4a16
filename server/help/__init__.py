"""The help panel's side of the server: search, articles, votes, guides, announcements; each reader gets their own."""
