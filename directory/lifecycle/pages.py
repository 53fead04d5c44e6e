"""Long lists of people a page at a time, in the order of D22: by where the page before ended, so that the last page costs what the first one does."""

from typing import Any, Final, TypeVar

from sqlalchemy import Select, func, tuple_

from directory.models import Person

BY_FIRST_NAME: Final = func.lower(func.coalesce(Person.first_name, ""))
BY_SURNAME: Final = func.lower(func.coalesce(Person.surname, ""))
LONGEST: Final = 200

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def page(query: Query, *order: Any, after: tuple[object, ...] | None, limit: int) -> Query:
    """The rows in this order, which no two share, from the first one behind `after`; never more than `LONGEST`."""
    query = query.order_by(*order).limit(min(limit, LONGEST))
    return query if after is None else query.where(tuple_(*order) > after)
