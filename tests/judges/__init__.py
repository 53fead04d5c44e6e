"""Service providers and relying parties that others wrote: what they accept is what we promise, and what was changed they refuse.

Those in JavaScript are installed by `make setup` where npm is; where they are not, their tests skip.
"""
