"""Builds the house: the only package that names an adapter."""

from server.wiring.house import House, build, outside
from server.wiring.life import running
from server.wiring.parts import (
    DEMO,
    REPOSITORY,
    catalogue_of,
    check_demo,
    embedder_of,
    intent_embedder_of,
    intent_folder,
    model_folder,
    new_id,
    playbooks_of,
    reader_of,
    score_folder,
    upgrade_database,
)

__all__ = [
    "DEMO",
    "REPOSITORY",
    "House",
    "build",
    "catalogue_of",
    "check_demo",
    "embedder_of",
    "intent_embedder_of",
    "intent_folder",
    "model_folder",
    "new_id",
    "outside",
    "playbooks_of",
    "reader_of",
    "running",
    "score_folder",
    "upgrade_database",
]
