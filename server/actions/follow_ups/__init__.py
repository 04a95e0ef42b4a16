"""Follow-up mails: composed from what was answered, held against the sources, approved, and sent once."""
