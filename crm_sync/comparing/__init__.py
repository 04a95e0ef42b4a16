"""The ledger against the CRM: what it holds, records that may be one, drift since we wrote."""
