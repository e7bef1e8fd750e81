"""Serving as a person starts and stops it."""

import os
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from app.kit.embedded_postgres import EmbeddedPostgres, Role
from tests.processes import Operator, Serving, operator

SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { viewer { organization { name } } } }"""

ADDRESSES: dict[str, Role] = {
    "DATABASE_URL": "application",
    "MIGRATION_DATABASE_URL": "owner",
    "MAINTENANCE_DATABASE_URL": "maintenance",
}


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator(CONSUMERS="true") as found:
        yield found


def ready(serving: Serving) -> dict[str, object]:
    answer: dict[str, object] = httpx.get(f"http://127.0.0.1:{serving.port}/health/ready").json()
    return answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_its_database_without_a_trace(
    alone: Operator, number: signal.Signals
) -> None:
    serving = alone.serve("--no-demo")
    assert ready(serving)["status"] == "ready"
    postmaster = alone.postmaster()
    assert postmaster is not None

    assert serving.end(number) == 0

    assert serving.rest().endswith("MasteryGraph has stopped.\n")
    with pytest.raises(ProcessLookupError):
        os.kill(postmaster, 0)


def test_a_signal_while_a_client_holds_its_connection_ends_the_server_within_seconds(alone: Operator) -> None:
    serving = alone.serve("--no-demo")
    with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as client:
        assert client.get("/health/live").status_code == 200
        assert serving.end(signal.SIGTERM) == 0


def test_a_killed_server_leaves_no_database_behind_and_the_next_start_heals(alone: Operator) -> None:
    serving = alone.serve("--no-demo")
    assert alone.run(
        "user", "create", "--email", "kim@school.example", "--name", "Kim", "--organization", "Hill School",
        "--new-organization", given="correct horse battery\n",
    ).returncode == 0  # fmt: skip

    serving.end(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while alone.postmaster() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alone.postmaster() is None

    again = alone.serve("--no-demo")
    answer = httpx.post(
        f"http://127.0.0.1:{again.port}/graphql",
        json={
            "query": SIGN_IN,
            "variables": {"input": {"email": "kim@school.example", "password": "correct horse battery"}},
        },
    ).json()
    assert answer["data"] == {"signIn": {"viewer": {"organization": {"name": "Hill School"}}}}
    assert again.end(signal.SIGINT) == 0


def test_a_port_in_use_is_told_in_one_line_before_anything_is_started(alone: Operator) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = alone.run("serve", "--port", str(port))
    assert done.returncode == 3
    assert done.stderr == (
        f"masterygraph: Port {port} of 127.0.0.1 is in use. Stop what listens there, or choose another: "
        "PORT=8001 make run (0 takes a free one).\n"
    )
    assert not (alone.data_dir / "postgres").exists()


def test_a_folder_that_another_server_uses_is_told_in_one_line(alone: Operator) -> None:
    first = alone.serve("--no-demo")
    done = alone.run("serve", "--port", "0")
    assert done.returncode == 3
    assert done.stderr == (
        f"masterygraph: The embedded PostgreSQL in {alone.data_dir}/postgres is in use by the MasteryGraph "
        f"process {first.process.pid}. Stop that process, or give this one a DATA_DIR of its own.\n"
    )


def test_a_setting_that_does_not_exist_is_told_with_those_that_do(alone: Operator) -> None:
    alone.settings["MASTERYGRAPH_PROT"] = "1"
    done = alone.run("serve")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "masterygraph: MASTERYGRAPH_PROT is not a setting. Known: ACCESS_TOKEN_SECONDS,"
    )
    assert done.stderr.count("\n") == 1


def test_a_database_that_is_away_is_told_in_one_line(alone: Operator) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    alone.settings["DATABASE_URL"] = f"postgresql://nobody:nothing@127.0.0.1:{port}/none"
    done = alone.run("migrate")
    assert done.returncode == 3
    assert done.stderr.startswith("masterygraph: The database does not answer (")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["serve", "worker"])
def test_nothing_is_served_without_a_database_and_where_it_was_looked_for_is_told(
    verb: str, alone: Operator
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    alone.settings["DATABASE_URL"] = f"postgresql://nobody:secret@127.0.0.1:{port}/none"
    done = alone.run(verb)
    assert done.returncode == 3
    assert done.stderr.startswith(f"masterygraph: No database answers at 127.0.0.1:{port}/none (")
    assert done.stderr.endswith(
        "). Start it, or set DATABASE_URL to where it is; without DATABASE_URL one is made here.\n"
    )
    assert "secret" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_role_that_is_still_to_be_granted_is_told_by_the_migration(
    alone: Operator, server: EmbeddedPostgres
) -> None:
    server.create_database("ungranted")
    alone.settings["DATABASE_URL"] = server.url("owner", "ungranted")
    done = alone.run("migrate")
    server.drop_database("ungranted")

    assert done.returncode == 1
    assert done.stdout == "The database is up to date.\n"
    assert done.stderr == (
        "masterygraph: It cannot be served yet: masterygraph_owner may not act as masterygraph_application "
        "and masterygraph_maintenance, which another role made. Let a superuser run: "
        "GRANT masterygraph_application, masterygraph_maintenance TO masterygraph_owner;\n"
    )


def test_a_database_without_tables_is_not_served_and_the_next_step_is_told(
    alone: Operator, server: EmbeddedPostgres
) -> None:
    server.create_database("without_tables")
    for name, role in ADDRESSES.items():
        alone.settings[name] = server.url(role, "without_tables")
    done = alone.run("serve", "--port", "0")
    server.drop_database("without_tables")
    assert done.returncode == 3
    assert done.stderr == (
        "masterygraph: The database is not up to date (function sign_in_candidate(unknown) does not exist). "
        "Run: masterygraph migrate\n"
    )


def test_a_database_of_another_name_is_not_served(alone: Operator, server: EmbeddedPostgres) -> None:
    for name, role in ADDRESSES.items():
        alone.settings[name] = server.url(role, "elsewhere")
    done = alone.run("serve", "--port", "0")
    assert done.returncode == 3
    assert done.stderr == (
        'masterygraph: The database refuses the connection (database "elsewhere" does not exist). '
        "Check DATABASE_URL.\n"
    )


def test_the_worker_says_what_it_consumes_and_ends_at_a_signal(alone: Operator) -> None:
    alone.serve("--no-demo")
    worker = alone.start("worker")
    assert worker.stdout is not None
    said = worker.stdout.readline()
    assert said.startswith("Consuming events: ")
    assert "rollups" in said
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    assert worker.stdout.read() == "The worker has stopped.\n"
