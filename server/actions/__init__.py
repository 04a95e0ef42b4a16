"""What the assistant does beyond talking: meetings, trials, carts, hand-overs, and the mail that follows."""
