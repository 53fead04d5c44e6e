"""Relying parties of others, on node: installed by npm into a folder beside, exactly these versions."""
