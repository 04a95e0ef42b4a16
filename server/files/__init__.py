"""Files that come with messages: what they are, where they lie, and who may open them."""
