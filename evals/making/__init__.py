"""Question sets made of anybody's documents: what headings ask is asked, and masked in the pages."""
