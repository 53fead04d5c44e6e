"""Fuzzing: what anybody can send us, changed at random, against contracts; `python -m tests.fuzz TARGET --seconds N`.

A target is a module with `one_input(data) -> bool`: whether the input was let in. It lets every other exception than the named refusals through,
and asks a judge who shares no code with us about whatever was let in. `corpus/TARGET/` holds honest samples and every input that ever broke a
contract. The first line of an input says how it travels, and who signs it on the way; the rest is what travels.
"""
