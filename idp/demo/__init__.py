"""The demo school, demo publishers and a mailbox, on a site of their own."""
