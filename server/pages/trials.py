"""Confirm the address of a trial by the link that was mailed to it, and watch it being set up."""

from __future__ import annotations

from datetime import datetime, timedelta

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from server.actions import trial as trials
from server.actions.errors import BadLink
from server.actions.goods import Trial
from server.actions.values import TrialVerified
from server.pages.desk import PageDesk
from server.pages.render import page

_SOON_S, _LATER_S = 5, 60
_EXPECTED_WITHIN = timedelta(minutes=5)


class TrialPages(Controller):
    """Opening the link shows a button, pressing it verifies.

    Mail scanners and link previews open every link they see: if opening were enough, they would start the
    trial of somebody who never read the mail.
    """

    path = "/trial/verify/{token:str}"
    include_in_schema = False

    @get()
    async def show(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Response[str]:
        """What the button will start, or how the trial stands."""
        now = pages.clock()
        link = pages.links.read("trial", token, now=now)
        async with pages.sessions() as session:
            trial = await trials.trial(session, link.site, link.id)
            language = await pages.language_of(session, link.site, trial.conversation)
        trials.must_be_latest(trial, link)
        shown = page(
            "trial.html",
            pages.desk_of(link.site),
            language=language,
            trial=trial,
            is_coming=trial.provision in {"waiting", "pending"},
            told=trials.told(trial, now, language),
            action=f"/trial/verify/{token}",
        )
        if trial.provision in {"waiting", "pending"}:
            shown.headers["refresh"] = str(_seconds(trial, now))
        return shown

    @post()
    async def verify(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Redirect:
        """Start the trial; a second press shows how it stands."""
        now = pages.clock()
        link = pages.links.read("trial", token, now=now)
        provisions = pages.desk_of(link.site).provisioning is not None
        async with pages.sessions.begin() as session:
            try:
                trial = await trials.verify(session, link, now=now, provision=provisions)
            except BadLink as refusal:
                if refusal.code != "link_used":
                    raise
            else:
                await pages.on_change(session, TrialVerified(trial))
        await pages.after_commit(session)
        return Redirect(f"/trial/verify/{token}", status_code=303)


def _seconds(trial: Trial, now: datetime) -> int:
    """How soon a waiting page looks again: a browser does that by itself, without a script."""
    is_fresh = trial.verified_at is not None and now - trial.verified_at < _EXPECTED_WITHIN
    return _SOON_S if is_fresh else _LATER_S
