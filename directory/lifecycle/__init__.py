"""What happens to people and schools as time goes by: substitutes, staff by hand, addresses that change, the school year, deletion, mergers.

* `staff`, `roles` and `review` are staff by hand; `employments` is what they look at, `staff_list` and `search` what a coordinator sees;
* `memberships` invites and `offers` is the answer; `addresses` are proposed ones; `accounts` finds or makes the account of an address;
* `substitutes` bind the `seats` of groups;
* `days` and `refusals` are what all of them share.

Every module here has three beats, as imports do: what is so, what would happen (pure), carry it out. Owns its tables; does not own when a
thing runs (`idp.jobs`), nor what people see of it (`idp.web`).
"""
