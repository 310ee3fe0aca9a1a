"""`python -m source_zendesk_support` is the command `source-zendesk-support`."""

from .run import main

main()
