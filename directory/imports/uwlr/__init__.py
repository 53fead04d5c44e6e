"""UWLR 2.2: asking an administration's web service for what an EDEXML file would hold (R21-R26, D5).

    Source --questions--> envelope --wire--> bytes --answers--> Administration | NoChanges | NoData, or Refused

* `questions` writes the messages of the five operations that we use one at a time; `answers` listens to what comes back, with the allow-list
  of `edexml_elements` inside and nothing but the envelope outside; `faults` says in both languages what went wrong and what follows from it.
* `wire` carries bytes over HTTP within limits of time and size, `tls` keeps our client certificate, `fetch` is the way through all of them.

Serves UWLR 2.2: `HaalLeerlinggegevens` and the staged calls, the whole set and the *smalle set*. Does not own when a school is asked
(`couplings`), nor what is done with the answer (`runs`). "No changes" and "no data" are answers of their own and never an empty school.
"""
