"""FAMILIES: every list that is one row of data, and what lies below which table."""

from .access_families import ACCESS_FAMILIES
from .asset_families import ASSET_FAMILIES
from .guide_families import GUIDE_FAMILIES
from .rule_families import AGENT_SKILLS, RULE_FAMILIES, SKILL_ASSIGNMENTS
from .talk_families import TALK_FAMILIES

FAMILIES = (
    *TALK_FAMILIES,
    *RULE_FAMILIES,
    *ASSET_FAMILIES,
    *ACCESS_FAMILIES,
    *GUIDE_FAMILIES,
)
FAMILY_SEEDS = (*(family.seed for family in FAMILIES), AGENT_SKILLS, SKILL_ASSIGNMENTS)
# Table -> the streams whose records go with a deleted record of it
BELOW = {
    parent: tuple(seed.stream for seed in FAMILY_SEEDS if seed.parent == parent)
    for parent in {seed.parent for seed in FAMILY_SEEDS if seed.parent}
}
