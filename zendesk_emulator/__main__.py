"""`python -m zendesk_emulator`: the command `zendesk-emulator`."""

import sys

from .server.command import main

sys.exit(main())
