"""Relying parties and service providers of others: those on node are installed by npm into a folder beside, exactly the versions of the lock file."""
