"""What may be shared: platform agreements, the school's tick per party, exclusions (D8-D12).

Its heart is `release`: the one statement that decides and records. It knows schools and people by their tables and has never heard of HTTP.
"""
