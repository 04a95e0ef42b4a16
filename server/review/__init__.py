"""The rep console: live conversations, CRM updates with their evidence, and who may decide on them."""

from server.review.console import review_routes
from server.review.deps import ConsoleDeps, Floor

__all__ = ["ConsoleDeps", "Floor", "review_routes"]
