"""The database's history, one file a step. `idp migrate` applies it; nothing in the product imports it."""
