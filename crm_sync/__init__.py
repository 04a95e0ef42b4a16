"""What the assistant learned, on its way into the CRM: proposed, checked, approved, delivered once, undoable."""

from crm_sync.comparing.drifting import DriftUnknown
from crm_sync.comparing.duplicates import PairDecided, PairUnknown
from crm_sync.comparing.values import Drift, Duplicate, MergePreview, Reconciled
from crm_sync.deciding.policy import Policy
from crm_sync.deciding.policy_file import load_policy
from crm_sync.delivering.desk import Attempt, Backlog
from crm_sync.delivering.gates import Limits, ProviderState
from crm_sync.errors import (
    CrmError,
    EditRefused,
    MoveRefused,
    ProviderBusy,
    ProviderDenied,
    ProviderRefused,
    Unsealable,
    UpdateUnknown,
)
from crm_sync.ledger import Ledger
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
    "Attempt",
    "Backlog",
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
    "Limits",
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
    "ProviderDenied",
    "ProviderRefused",
    "ProviderState",
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
