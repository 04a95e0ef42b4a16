"""Carry out what was decided: each move becomes blocks for the visitor, rows, and news for the CRM."""

from server.moves.carrying import carry_out
from server.moves.scene import Happened, Played, Scene

__all__ = ["Happened", "Played", "Scene", "carry_out"]
