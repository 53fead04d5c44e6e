"""The administration system of a made-up country, as a process: `python -m bench.nation_las --port 9000 --seed 1 --schools 6100`.

It is the demonstration's stand-in. A school is made at the moment it is asked about, a while after it was stored: two in a hundred of its
pupils are no longer what they were.
"""

import argparse
from collections import UserDict
from datetime import datetime

import uvicorn

from idp.core.clock import school_year, utc_now
from idp.demo import las, nation_people, nation_records
from idp.demo.las import Las, SchoolThere

CHANGED = 0.02
Code = tuple[str, str]


class Country(UserDict[Code, SchoolThere]):
    """Every school of the country, by BRIN and location; none is kept."""

    def __init__(self, schools: int, *, seed: int, now: datetime) -> None:
        super().__init__()
        self._places = {(place.brin, place.location): place for place in nation_people.invented(schools)}
        self._seed, self._now = seed, now

    def __contains__(self, code: object) -> bool:
        return code in self._places

    def __missing__(self, code: Code) -> SchoolThere:
        place = self._places[code]
        made = nation_people.later(nation_people.make(self._seed, place), self._seed, share=CHANGED)
        edexml = nation_records.edexml(made, school_year=school_year(self._now))
        return SchoolThere(place.brin, place.location, place.key, edexml, self._now)


def main() -> None:
    """Answers until it is ended."""
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "seed", "schools"):
        options.add_argument(f"--{name}", type=int, required=True)
    asked = options.parse_args()
    country = Country(asked.schools, seed=asked.seed, now=utc_now())
    uvicorn.run(las.create(Las(schools=country)), port=asked.port, log_level="error", lifespan="off")


if __name__ == "__main__":
    main()
