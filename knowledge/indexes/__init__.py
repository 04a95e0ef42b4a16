"""The two searches, by meaning and by words, and the shelf that holds what one audience may see."""
