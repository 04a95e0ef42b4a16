"""What can be expected to go wrong in this room, each with a stable code."""

from __future__ import annotations

OVER_A_DAY_S = (3_600.0, *[7_200.0] * 12)
"""The pauses when a CRM's allowance for the day is used up: more than 24 hours, whenever its day ends."""


class CrmError(Exception):
    """Base of the expected errors; `code` is stable and safe to show to programs."""

    code = "crm.error"


class UpdateUnknown(CrmError):
    """The ledger holds no such update for this site."""

    code = "crm.update_unknown"

    def __init__(self, update_id: str) -> None:
        super().__init__(
            f"No CRM update {update_id!r} on this site: check the site, and copy the id from the console's inbox, "
            "`frontdesk crm preview --all-waiting` or `frontdesk crm deliveries`."
        )


class MoveRefused(CrmError):
    """The update is not in a state that allows what was asked."""

    code = "crm.move_refused"

    def __init__(self, update_id: str, status: str, wanted: str) -> None:
        super().__init__(
            f"CRM update {update_id!r} is {status}, so it can not become {wanted}; reload it and look."
        )
        self.status = status


class EditRefused(CrmError):
    """A reviewer's edit would make the document invalid."""

    code = "crm.edit_refused"

    def __init__(self, update_id: str, pointer: str, reason: str) -> None:
        super().__init__(f"The edit of CRM update {update_id!r} was refused at {pointer or '/'}: {reason}")
        self.pointer = pointer
        self.reason = reason


class ReasonMissing(CrmError):
    """Nothing is rejected without a reason that somebody can learn from."""

    code = "crm.reason_missing"


class DifferencesUnseen(CrmError):
    """Somebody wants to undo over what was changed since, and does not say what they saw."""

    code = "crm.differences_unseen"


class PolicyInvalid(CrmError):
    """The operator's policy file can not be used."""

    code = "crm.policy_invalid"


class MappingInvalid(CrmError):
    """The operator's field mapping can not be used; the message names file, line and fix."""

    code = "crm.mapping_invalid"


class ProviderBusy(CrmError):
    """The CRM did not take it this time; trying again later may succeed."""

    code = "crm.provider_busy"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        pauses_s: tuple[float, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.pauses_s = pauses_s
        """Where the provider's protocol publishes a schedule: the pause after each failed attempt, in their order. When
        they are used up, a person has to look."""


class ProviderDenied(ProviderBusy):
    """The CRM refused our key or account as a whole: no update is to blame, none is lost until somebody mends it."""

    code = "crm.provider_denied"


class ProviderGone(ProviderDenied):
    """The CRM wants nothing from us any more: it is not asked again before a person says so."""

    code = "crm.provider_gone"


class ProviderOccupied(ProviderBusy):
    """Another attempt of ours is at work on the same: the CRM is not to blame, and no attempt is used up."""

    code = "crm.provider_occupied"


class ProviderUnfinished(ProviderBusy):
    """We waited long enough, and what was asked may still take effect: the same record waits till then."""

    code = "crm.provider_unfinished"


class ProviderRefused(CrmError):
    """The CRM said no, in its own words; trying again will not help, a person has to look."""

    code = "crm.provider_refused"


class Unsealable(CrmError):
    """The vault no longer holds what a placeholder stood for."""

    code = "crm.unsealable"
