"""Dates for templates: dbt's `modules.datetime` and `modules.pytz` with the clock stopped.

The two sides of a pull request are rendered at the same moment, so a `now()` makes no difference between them.
"""

import datetime as real
from functools import cache
from types import SimpleNamespace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Zone(ZoneInfo):
    """A time zone with pytz's `localize`."""

    def localize(self, value: real.datetime, **_kwargs: object) -> real.datetime:
        return value.replace(tzinfo=self)

    @property
    def zone(self) -> str:
        return self.key


def moment(text: str) -> real.datetime:
    """Read the moment at which everything is rendered (ISO 8601)."""
    return real.datetime.fromisoformat(text)


@cache
def module(text: str) -> object:
    """Give a `datetime` module whose present is this moment."""
    instant = moment(text)

    class Date(real.date):
        @classmethod
        def today(cls) -> "Date":
            return cls(instant.year, instant.month, instant.day)

    class DateTime(real.datetime):
        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> "DateTime":
            value = instant.astimezone(tz) if tz else instant.replace(tzinfo=None)
            return cls(*value.timetuple()[:6], value.microsecond, value.tzinfo)

        @classmethod
        def today(cls) -> "DateTime":
            return cls.now()

        @classmethod
        def utcnow(cls) -> "DateTime":
            return cls.now()

    return SimpleNamespace(
        date=Date,
        datetime=DateTime,
        timedelta=real.timedelta,
        time=real.time,
        timezone=real.timezone,
        tzinfo=real.tzinfo,
        UTC=real.UTC,
        MINYEAR=real.MINYEAR,
        MAXYEAR=real.MAXYEAR,
    )


@cache
def zones() -> object:
    """Give the part of pytz that templates use."""
    return SimpleNamespace(timezone=_zone, utc=real.UTC, UTC=real.UTC)


def _zone(name: str) -> real.tzinfo:
    try:
        return Zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return real.UTC
