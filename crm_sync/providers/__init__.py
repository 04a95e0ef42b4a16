"""CRMs that updates can be delivered to, one file each."""
