"""What to do next in a conversation: values in, a decision out, nothing else touched."""
