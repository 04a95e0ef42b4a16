"""The words of the mail that says that a trial is ready. No I/O."""

from __future__ import annotations

from server.actions.goods import Trial
from server.actions.letters import page_of, paragraphs
from server.actions.site import SiteDesk
from server.actions.values import Mail
from server.actions.when import said_day
from server.dialogue.phrases import Value, phrase


def ready(desk: SiteDesk, trial: Trial, *, to: str, language: str = "en") -> Mail:
    """It is ready: where to sign in, and until when it runs."""
    values: dict[str, Value] = {"company": desk.name, "plan": trial.plan}
    day = said_day(trial.ends_at, "UTC", language) if trial.ends_at else ""
    text = paragraphs(
        phrase("mail_ready", values, language),
        f"{phrase('mail_ready_login', language=language)}\n{trial.login_url}" if trial.login_url else "",
        phrase("trial_runs", {"day": day}, language) if day else "",
        desk.name,
    )
    subject = phrase("mail_ready_subject", values, language)
    return Mail(to, subject, text, html=page_of(text, language), reply_to=desk.sales_email or None)
