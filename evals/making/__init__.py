"""Question sets made of anybody's documents: what their headings ask becomes the questions, and is masked in the pages."""
