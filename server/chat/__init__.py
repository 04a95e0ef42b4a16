"""The chat protocol: frames in and out over websockets and plain HTTP."""
