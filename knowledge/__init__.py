"""Any company's documents in, the right passage out, an answer made only of what the documents say."""

from __future__ import annotations
