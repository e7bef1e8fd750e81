"""What a fresh machine is given: the locks, the container's recipe, the compose file."""

import importlib.resources
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.config import Settings

ROOT = Path(__file__).parents[1]
LOCKS = ["uv.txt", "base.txt", "dev.txt", "node.txt"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def locked(name: str) -> dict[str, list[str]]:
    """The versions of each package in a lock; several where markers choose between them."""
    found: dict[str, list[str]] = {}
    for package, version in re.findall(
        r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements" / name).read_text(), re.M
    ):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def test_the_compose_file_follows_the_published_schema(compose: dict[str, Any]) -> None:
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((schemas / "compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(compose)] == []

    broken = {**compose, "services": {"api": {"imagee": "masterygraph"}}}
    assert not validator.is_valid(broken)


def test_no_secret_has_a_default_and_each_missing_one_is_named(compose: dict[str, Any]) -> None:
    written = (ROOT / "docker-compose.yml").read_text()
    used = re.findall(r"\$\{(\w+)(:[?-])?", written)
    secrets = {name for name, _ in used if name.endswith(("_PASSWORD", "_FILE"))}
    assert secrets == {
        "APPLICATION_PASSWORD",
        "MAINTENANCE_PASSWORD",
        "OWNER_PASSWORD",
        "POSTGRES_PASSWORD",
        "SIGNING_KEYS_FILE",
    }
    assert {operator for name, operator in used if name in secrets} == {":?"}


def test_every_variable_of_our_services_is_a_setting(compose: dict[str, Any]) -> None:
    settings = {name.upper() for name in Settings.model_fields}
    for name in ("migrate", "api", "worker"):
        assert set(compose["services"][name]["environment"]) - settings == set()


def test_those_who_serve_never_hold_the_password_of_the_owner(compose: dict[str, Any]) -> None:
    holders = {
        name
        for name, service in compose["services"].items()
        if "OWNER_PASSWORD" in json.dumps(service.get("environment", {}))
    }
    assert holders == {"postgres", "migrate"}


def test_api_and_worker_wait_for_the_migration_and_for_healthy_services(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("api", "worker"):
        waits = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }
    assert all("test" in services[name]["healthcheck"] for name in ("postgres", "redis", "api"))


def test_the_container_runs_as_an_ordinary_user_and_says_whether_it_lives() -> None:
    recipe = (ROOT / "Dockerfile").read_text()
    last_stage = recipe.rpartition("FROM ")[2]
    assert re.findall(r"^USER (.+)$", last_stage, re.M) == ["10001"]
    assert re.search(r"^HEALTHCHECK .*?/health/live", last_stage, re.M | re.S)


def test_the_builder_is_sent_each_path_the_container_copies() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    sources = {source.split("/")[0] for line in copied for source in line.split()}
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.M)
    assert sources == set(sent)


@pytest.mark.parametrize("name", LOCKS)
def test_each_locked_package_has_its_hashes_and_no_address_of_an_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    requirements = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert requirements
    assert [block.split()[0] for block in requirements if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?://|--index-url|--find-links", text)


@pytest.mark.parametrize(("name", "extras"), [("base.txt", []), ("dev.txt", ["dev"])])
def test_the_locks_hold_what_the_project_asks_for(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *(r for extra in extras for r in project["optional-dependencies"][extra]),
    ]
    versions = locked(name)
    missing = [
        text
        for text in asked
        for wanted in [Requirement(text)]
        if not all(map(wanted.specifier.contains, versions.get(canonicalize_name(wanted.name), ["0"])))
        or canonicalize_name(wanted.name) not in versions
    ]
    assert missing == []


def test_tools_and_server_are_locked_to_the_same_versions() -> None:
    base, dev = locked("base.txt"), locked("dev.txt")
    assert {name: dev.get(name) for name in base} == base
