"""The evaluations, one file each: data in, a report out, through the very rooms that serve visitors."""
