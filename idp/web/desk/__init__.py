"""The ICT coordinator's desk: one room of pages per noun, each under `/desk/<school>`.

Owns what coordinators see and press; `guards` lets them in and `frame` draws what every page shares. Owns no rules: a route takes the form,
calls one function of `directory` and answers with a redirect, so that a reload repeats nothing. Every page is of one school, named in its
address; a coordinator of another school meets the same refusal as for a school that does not exist (C-324).
"""
