"""The plays, one file each: what the assistant can do, and when it would.

A play is a function from a case to a bid, or to None when it is not its turn. `decide` asks them in order.
"""

from __future__ import annotations

from collections.abc import Callable

from server.dialogue.plays import (
    answer,
    book,
    cart,
    clarify,
    handoff,
    offered,
    pending,
    price,
    privacy,
    qualify,
    quiet,
    smalltalk,
    stale,
    trial,
)
from server.dialogue.values import Bid, Case

Play = Callable[[Case], Bid | None]

PLAYS: tuple[Play, ...] = (
    quiet.consider,
    stale.consider,
    cart.change,
    clarify.consider,
    privacy.consider,
    offered.consider,
    handoff.consider,
    pending.consider,
    book.consider,
    trial.consider,
    cart.consider,
    price.consider,
    qualify.consider,
    smalltalk.consider,
    answer.consider,
)
"""In order of precedence: the visitor's say over their data and over us first, answering what remains last."""
