"""What happens to people and schools as time goes by: substitutes, staff by hand, addresses that change, the school year, deletion, mergers.

Every module here has three beats, as imports do: what is so, what would happen (pure), carry it out. Owns its tables; does not own when a
thing runs (`idp.jobs`), nor what people see of it (`idp.web`).
"""
