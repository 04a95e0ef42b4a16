"""The built-in CRM as people work in it: looked through, changed by hand, its tasks, and where each value came from."""
