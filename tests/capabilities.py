"""The map from capability codes to the tests that show them; `make capabilities` prints the sums."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

MAP = Path(__file__).with_name("capabilities.toml")


@dataclass(frozen=True)
class Capability:
    """One thing the product is to do; `state` is works, part, or empty while nothing shows it."""

    code: str
    title: str
    state: str = ""
    tests: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The letters of the code."""
        return self.code.split("-")[0]


def read_map() -> list[Capability]:
    """All capabilities, in the order of the map."""
    rows = tomllib.loads(MAP.read_text())
    return [
        Capability(code, row["title"], row.get("state", ""), tuple(row.get("tests", ())))
        for code, row in rows.items()
    ]


def main() -> None:
    """Print how many work, and how many in part, of how many, by domain."""
    capabilities = read_map()
    total = Counter(each.domain for each in capabilities)
    states = Counter((each.domain, each.state) for each in capabilities)
    table = Table("domain", "works", "in part", "total")
    for domain, count in total.items():
        table.add_row(domain, str(states[domain, "works"]), str(states[domain, "part"]), str(count))
    works = sum(count for (_, state), count in states.items() if state == "works")
    part = sum(count for (_, state), count in states.items() if state == "part")
    table.add_row("all", str(works), str(part), str(len(capabilities)))
    Console().print(table)


if __name__ == "__main__":
    main()
