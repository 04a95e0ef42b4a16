"""The optional writer: a language model words the answer, and nothing it says is shown before it was checked."""
