"""The letter to the team when a visitor deleted their data and something is left that only people can see to."""

from __future__ import annotations

from dataclasses import dataclass

from server.actions.letters import page_of, paragraphs
from server.actions.ports import EffectHandler, Mailer
from server.actions.site import DeskOf
from server.actions.values import Effect, Mail
from server.dialogue.phrases import phrase

KIND = "erased_mail"


@dataclass(frozen=True, slots=True)
class ErasedPost:
    """Names meetings by rep and time and updates by their id: of whom they were is gone."""

    mailer: Mailer
    desk_of: DeskOf

    def handlers(self) -> dict[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {KIND: self.send}

    async def send(self, effect: Effect) -> None:
        desk = self.desk_of(effect.site)
        meetings, updates = effect.payload["meetings"], effect.payload["updates"]
        text = paragraphs(
            phrase("rep_erased", language=desk.language),
            "\n".join([phrase("rep_erased_meetings", language=desk.language), *meetings]) if meetings else "",
            "\n".join([phrase("rep_erased_crm", language=desk.language), *updates]) if updates else "",
        )
        subject = phrase("rep_erased_subject", language=desk.language)
        mail = Mail(desk.sales_email, subject, text, html=page_of(text, desk.language))
        await self.mailer.send(effect.site, mail, key=effect.key)
