"""The calendars that reps keep elsewhere: what they have taken is read, and our meetings are written into them."""
