"""CRMs that other companies run: one engine writes to all of them, a vendor's file only speaks its API."""
