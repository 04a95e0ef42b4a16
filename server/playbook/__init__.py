"""Everything that an operator decides for a site, in one file a site: a module a section, `book.py` the whole."""

from server.playbook.book import DEFAULT, Playbook, Playbooks
from server.playbook.loading import line_of, load_playbook, load_playbooks

__all__ = ["DEFAULT", "Playbook", "Playbooks", "line_of", "load_playbook", "load_playbooks"]
