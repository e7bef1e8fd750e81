"""The map of capabilities points at tests that exist."""

import re
from pathlib import Path

from tests.capabilities import read_map

ROOT = Path(__file__).resolve().parents[1]


def test_what_is_said_to_work_is_shown_by_tests_that_exist() -> None:
    missing = []
    for capability in read_map():
        assert capability.state in ("", "works", "part"), capability.code
        assert bool(capability.tests) is bool(capability.state), capability.code
        for name in capability.tests:
            path, _, function = name.partition("::")
            text = (ROOT / path).read_text() if (ROOT / path).exists() else ""
            if not text or (function and not re.search(rf"def {function}\(", text)):
                missing.append(f"{capability.code}: {name}")
    assert missing == []


def test_each_code_stands_once_with_a_title() -> None:
    capabilities = read_map()
    assert len(capabilities) == len({each.code for each in capabilities})
    assert all(re.fullmatch(r"[A-Z]{3}-\d+", each.code) and each.title for each in capabilities)
