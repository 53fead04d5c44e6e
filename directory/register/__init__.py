"""The register of school locations that DUO publishes: official names, codes and boards (R49, R50).

Read, compare, apply: differences are shown before they count. Serves the layouts that DUO and its open-data portal have used since 2017. Does
not own school accounts, nor those that DUO does not know (abroad, test and inspection locations): these are entered by hand.
"""
