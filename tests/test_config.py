"""Settings: read once, and refused with what to set."""

from pathlib import Path

import pytest

from app.config import SettingsRefused, default_data_dir, read_settings


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)
    assert settings.data_dir == default_data_dir()


def test_names_are_taken_with_and_without_the_prefix(tmp_path: Path) -> None:
    settings = read_settings({"PORT": "9000", "MASTERYGRAPH_DATA_DIR": str(tmp_path), "HOME": "/nowhere"})
    assert (settings.port, settings.data_dir) == (9000, tmp_path)


def test_what_a_caller_gives_comes_before_the_environment() -> None:
    assert read_settings({"PORT": "9000"}, port=9001).port == 9001
    assert read_settings({"PORT": "9000"}, port=None).port == 9000


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"MASTERYGRAPH_PROT": "1"}, "MASTERYGRAPH_PROT is not a setting"),
        ({"PORT": "high"}, "PORT: "),
        ({"PORT": "70000"}, "PORT: "),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: .*begins with postgresql://"),
        ({"ACCESS_TOKEN_SECONDS": "86400"}, "ACCESS_TOKEN_SECONDS: "),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: "),
    ],
)
def test_an_unknown_or_weak_setting_is_refused_by_name(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsRefused, match=message):
        read_settings(environment)
