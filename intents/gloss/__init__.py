"""Messages in German, French, Spanish and Arabic put into English words, one by one, with their places kept."""

from intents.gloss.aligned import Aligned
from intents.gloss.glossing import GLOSSED, gloss

__all__ = ["GLOSSED", "Aligned", "gloss"]
