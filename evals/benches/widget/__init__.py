"""What the widget costs its host page: bytes, main-thread time, paint, scrolling; in a real Chromium."""
