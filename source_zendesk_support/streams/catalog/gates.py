"""The gates of the catalog: families of lists that Zendesk opens and closes together.

Owns the words for each and the list that is probed. A row names its gate; this module names no row.
Rests on docs/facts/zendesk-api.md#5.5, #6.1 and docs/facts/closing-of-exports.md#1.
"""

from __future__ import annotations

from source_zendesk_support.streams.model.gate import Gate

# The exports of custom objects have no gate: every agent who may read the objects may read them
# (docs/facts/zendesk-api.md#2.3).
EXPORTS = Gate("incremental exports", "the role admin")
# An answer does not say whether Talk is off or its export is closed to third parties
# (docs/facts/closing-of-exports.md#1). No list replaces it.
TALK = Gate(
    "exports of Talk",
    "Talk, the role admin, and an export that Zendesk does not close to third parties, as it does "
    "from December 2026 (an OAuth client of the account itself, without `marketplace`)",
)
SKILL_EXPORT = Gate(
    "exports of skills",
    "the role admin, an Enterprise plan, and an export that Zendesk does not close to third "
    "parties",
)
TALK_SET_UP = Gate("Talk", "Talk switched on", ("channels/voice/phone_numbers", "phone_numbers"))
ASSETS = Gate("IT asset management", "IT asset management (Employee Service)")
SIDE_CONVERSATIONS = Gate(
    "side conversations",
    "the role admin and the Collaboration add-on with side conversations switched on",
)
SATISFACTION_RATINGS = Gate(
    "satisfaction ratings",
    "the role admin and a plan with customer satisfaction ratings",
    ("satisfaction_ratings", "satisfaction_ratings"),
)
SURVEYS = Gate(
    "CSAT surveys",
    "the role admin and a plan with CSAT surveys (Support Professional, Suite Growth)",
    ("guide/survey_responses", "survey_responses"),
)
TICKET_FORMS = Gate(
    "ticket forms", "a plan with several ticket forms", ("ticket_forms", "ticket_forms")
)
SERVICE_LEVELS = Gate(
    "service levels and schedules",
    "the role admin and a plan with SLA policies and schedules",
    ("slas/policies", "sla_policies"),
)
ENTERPRISE = Gate(
    "audit logs, roles and skills",
    "the role admin and an Enterprise plan",
    ("audit_logs", "audit_logs"),
)
OMNICHANNEL = Gate(
    "omnichannel routing",
    "the role admin and omnichannel routing",
    ("agent_availabilities", "data"),
)
HELP_CENTER = Gate(
    "help center",
    "an activated help center (Zendesk Guide)",
    ("help_center/categories", "categories"),
)
COMMUNITY = Gate(
    "community", "an activated community (Zendesk Gather)", ("community/topics", "topics")
)
REVISIONS = Gate("revisions of triggers", "an Enterprise plan")
