"""A stand-in for dbt_date, for the macros that need no calendar: https://github.com/godatadriven/dbt-date#readme."""

# ruff: noqa: ARG002, S608 - the signatures are dbt's, and the SQL is never run

from contract_gate.workspace.jinja.dbt_utils import DbtUtils
from contract_gate.workspace.jinja.standin import StandIn


class DbtDate(StandIn):
    """The macros of dbt_date that need no calendar."""

    def do_date_part(self, datepart: str, date: object) -> str:
        return f"extract({datepart} from {date})"

    def do_day_of_week(self, date: object, isoweek: bool = True) -> str:
        return f"extract(dow from {date})"

    def do_week_start(self, date: object, tz: object = None) -> str:
        return self._cross("date_trunc", "week", date)

    def do_now(self, tz: object = None) -> str:
        return self._cross("current_timestamp")

    def do_today(self, tz: object = None) -> str:
        return f"cast({self._cross('current_timestamp')} as date)"

    def do_convert_timezone(self, column: object, target_tz: object = None, source_tz: object = None) -> str:
        return f"convert_timezone('{target_tz or 'UTC'}', {column})"

    def do_n_days_ago(self, n: int, date: object = None, tz: object = None) -> str:
        return self._cross("dateadd", "day", -int(n), date or self.do_today())

    def do_n_days_away(self, n: int, date: object = None, tz: object = None) -> str:
        return self._cross("dateadd", "day", int(n), date or self.do_today())

    def do_get_base_dates(
        self,
        start_date: object = None,
        end_date: object = None,
        n_dateparts: object = None,
        datepart: str = "day",
    ) -> str:
        start = f"cast('{start_date}' as date)" if start_date else self.do_today()
        end = f"cast('{end_date}' as date)" if end_date else self.do_today()
        spine = DbtUtils(self._rendering).do_date_spine(datepart, start, end)
        return f"select cast(d.date_{datepart} as timestamp) as date_{datepart} from (\n{spine}\n) as d"
