"""The journey of one sign-in, without HTTP.

A protocol asks a `Question`; `flow.arrive` answers at once for who is signed in, or begins an `Attempt` that the pages walk through, one step after
the other, as `steps.next_step` says. When nothing is left to ask, the browser goes back to the question's resume address and `flow.resume` answers.

Owns attempts, sessions, tickets, assurance. Does not own secrets, people or ticks: it asks their rooms. Two tabs, the back button and five publishers
at once each have an attempt of their own; nothing is kept in a place that they share, except the session.
"""
