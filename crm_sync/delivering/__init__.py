"""Updates on their way out: whose turn it is, when the CRM may be asked, what became of each attempt."""
