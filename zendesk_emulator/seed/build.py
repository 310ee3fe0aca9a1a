"""Builds an account from a seed and a size; the same two and the same clock give the same account.

Rows are laid out at once, records are drawn when they are first served.
"""

from zendesk_emulator.data.account import Account
from zendesk_emulator.data.clock import Clock
from zendesk_emulator.data.sizes import Size

from .activity import lay_out_activity
from .below import lay_out_children
from .business_rules import RULE_SEEDS
from .community import COMMUNITY_SEEDS, lay_out_community
from .config import lay_out_config
from .families import FAMILY_SEEDS
from .help_center import lay_out_help_center
from .messaging import lay_out_messaging
from .objects import lay_out_objects
from .omnichannel import OMNICHANNEL_SEEDS, lay_out_omnichannel
from .people import lay_out_people
from .rows import sow
from .setup import SETUP_SEEDS
from .talk import lay_out_talk
from .tickets import lay_out_tickets
from .usage import lay_out_usage

SEEDS = (*RULE_SEEDS, *SETUP_SEEDS, *COMMUNITY_SEEDS, *OMNICHANNEL_SEEDS)


def build_account(clock: Clock, size: Size, *, seed: int, subdomain: str) -> Account:
    account = Account(clock, seed=seed, subdomain=subdomain)
    now_s = clock.now_s()
    lay_out_config(account, size, now_s)
    lay_out_people(account, size, now_s)
    lay_out_tickets(account, size, now_s)
    lay_out_help_center(account, size, now_s)
    sow(account, size, now_s, SEEDS)
    lay_out_children(account)
    lay_out_activity(account, size, now_s)
    lay_out_objects(account, size, now_s)
    lay_out_omnichannel(account, now_s)
    lay_out_messaging(account, now_s)
    lay_out_talk(account, size, now_s)
    lay_out_community(account, size, now_s)
    sow(account, size, now_s, FAMILY_SEEDS)
    lay_out_usage(account)
    account.changed()
    return account


def draw_everything(account: Account) -> None:
    """Make every record's bytes now, so that a benchmark's first walk finds them ready."""
    for table in account.tables.values():
        for row in table.rows.values():
            table.body(row)
