"""For every test: hypothesis is imported early, and its profile is set."""

from __future__ import annotations

import os

# Playwright's greenlets upset Python 3.11's parser: what pytest would import and rewrite at the
# end, it imports now.
import hypothesis

hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")
