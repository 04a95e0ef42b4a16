"""What the assistant learned, on its way into the CRM: proposed, checked, approved, delivered once, undoable."""

from crm_sync.comparing import Drift, Duplicate, MergePreview, Reconciled
from crm_sync.drifting import DriftUnknown
from crm_sync.duplicates import PairDecided, PairUnknown
from crm_sync.errors import (
    CrmError,
    EditRefused,
    MoveRefused,
    ProviderBusy,
    ProviderRefused,
    Unsealable,
    UpdateUnknown,
)
from crm_sync.ledger import Ledger
from crm_sync.policy import Policy
from crm_sync.policy_file import load_policy
from crm_sync.proposals import (
    Activity,
    Consent,
    Evidence,
    Learned,
    Meeting,
    Point,
    Proposal,
    Score,
    Target,
    Task,
)
from crm_sync.values import CrmRecord, PendingUpdate, Snapshot, Status, UndoResult

__all__ = [
    "Activity",
    "Consent",
    "CrmError",
    "CrmRecord",
    "Drift",
    "DriftUnknown",
    "Duplicate",
    "EditRefused",
    "Evidence",
    "Learned",
    "Ledger",
    "Meeting",
    "MergePreview",
    "MoveRefused",
    "PairDecided",
    "PairUnknown",
    "PendingUpdate",
    "Point",
    "Policy",
    "Proposal",
    "ProviderBusy",
    "ProviderRefused",
    "Reconciled",
    "Score",
    "Snapshot",
    "Status",
    "Target",
    "Task",
    "UndoResult",
    "Unsealable",
    "UpdateUnknown",
    "load_policy",
]
