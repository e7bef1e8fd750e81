"""Settings: read once from the environment; unknown or weak ones are refused, saying what to set."""

import os
import re
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MASTERYGRAPH_"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")


class SettingsRefused(Exception):
    """The settings do not hold; the message lists each, with what to set."""


class Settings(BaseSettings):
    """What a process is told from outside; in the environment in capitals, with or without MASTERYGRAPH_."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="How many processes serve.")
    data_dir: Path = Field(
        default_factory=lambda: default_data_dir(),
        description="Folder of the embedded database and of keys made here.",
    )
    database_url: str | None = Field(
        None, description="postgresql://… of the application role; else embedded."
    )
    migration_database_url: str | None = Field(None, description="postgresql://… of the owner of the tables.")
    maintenance_database_url: str | None = Field(None, description="postgresql://… of the role of consumers.")
    redis_url: str | None = Field(
        None, description="redis://… by which processes wake each other; else they look each second."
    )
    signing_keys: Path | None = Field(None, description="PEM file of Ed25519 private keys, the newest first.")
    issuer: str = Field("masterygraph", min_length=1, description="'iss' and 'aud' of access tokens.")
    access_token_seconds: int = Field(600, ge=30, le=3600, description="Life of an access token.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="Life of a refresh token.")
    password_threads: int = Field(2, ge=1, le=16, description="How many passwords are hashed at once.")
    readers: int = Field(8, ge=1, le=200, description="Connections that read.")
    writers: int = Field(10, ge=1, le=200, description="Connections that write.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    pages_dir: Path = Field(
        default_factory=lambda: Path(__file__).parents[1] / "web" / "dist",
        description="Folder of the built pages.",
    )
    origins: str = Field(
        "",
        description="Origins of web pages elsewhere that may use the graph, such as https://app.example; "
        "our own too behind a proxy that changes Host.",
    )
    https_only: bool = Field(False, description="Whether clients come by HTTPS alone; browsers are told to.")
    streams_per_user: int = Field(20, ge=1, description="Streams of events that a user may have open.")
    documents: Path | None = Field(
        None, description="Folder or manifest of the only documents to run; without it any document runs."
    )
    body_bytes: int = Field(256 * 1024, ge=1024, le=16 * 1024 * 1024, description="Longest request.")
    body_seconds: float = Field(10, gt=0, le=120, description="How long a request may take to arrive.")
    socket_init_seconds: float = Field(5.0, ge=0.1, le=60, description="Time a socket has for its hello.")
    socket_ping_seconds: float = Field(
        15.0, ge=0.2, le=20, description="Silence before a ping, and before a missing pong ends the socket."
    )
    socket_operations: int = Field(20, ge=1, le=1000, description="Operations at a time over one socket.")
    sockets_per_user: int = Field(5, ge=1, le=1000, description="Sockets of a user on this process.")
    sockets_per_address: int = Field(
        256, ge=1, description="Sockets of an address on which nobody has signed in, on this process."
    )
    drain_seconds: float = Field(
        10.0, ge=0, le=60, description="Time over which sockets are closed when the server ends."
    )
    production: bool = Field(
        False, description="Whether strangers can reach it: no introspection, no suggestions unless set."
    )
    introspection: bool = Field(
        default_factory=lambda given: not given.get("production"),
        description="Whether clients may ask for the schema.",
    )
    suggestions: bool = Field(
        default_factory=lambda given: not given.get("production"),
        description="Whether errors say which name may have been meant.",
    )
    most_document_bytes: int = Field(32 * 1024, ge=64, description="Longest document, in bytes of UTF-8.")
    most_tokens: int = Field(1_000, ge=10, description="Tokens of a document.")
    most_depth: int = Field(15, ge=1, description="Levels of fields.")
    most_introspection_depth: int = Field(20, ge=1, description="Levels of fields of an introspection.")
    most_aliases: int = Field(15, ge=0, description="Aliases of a document.")
    most_root_fields: int = Field(20, ge=1, description="Fields at the root of an operation.")
    most_directives: int = Field(20, ge=0, description="Directives of a document.")
    most_fragments: int = Field(30, ge=0, description="Fragments of a document.")
    most_fields: int = Field(2_000, ge=1, description="Fields of an operation, all fragments spread.")
    most_repeats: int = Field(5_000, ge=0, description="Pairs of fields that answer under one name.")
    most_cost: int = Field(5_000, ge=1, description="Objects that an operation may ask for.")
    most_list_entries: int = Field(250, ge=1, description="Entries of a list of input.")
    most_response_bytes: int = Field(2 * 1024 * 1024, ge=1024, description="Longest answer.")
    cost_points: int = Field(
        50_000, ge=0, description="Points of a user's bucket, one an object; 0 for no such limit."
    )
    cost_points_per_second: float = Field(1_000, gt=0, description="Points that come back each second.")
    read_characters: int = Field(
        400_000, ge=0, description="Characters of new documents that a user may send at once; 0 for any."
    )
    read_characters_per_second: float = Field(40_000, gt=0, description="And each second from then on.")
    class_rates: str = Field(
        "tutor=10 analytics=60",
        description="Operations a minute by class, and by class and role, such as analytics:TEACHER=120.",
    )
    query_seconds: float = Field(5, gt=0, le=60, description="How long a query may take.")
    write_seconds: float = Field(10, gt=0, le=60, description="How long a write may take until it is undone.")
    statement_seconds: float = Field(3, gt=0, le=60, description="How long a statement may take.")
    plans: bool = Field(True, description="Whether documents run as plans; else by graphql-core alone.")
    consumers: bool = Field(
        True, description="Whether this process also runs the consumers of events, and jobs."
    )
    jobs_at_once: int = Field(2, ge=2, le=64, description="Jobs that a process runs at the same time.")
    job_silence_seconds: float = Field(
        30.0, ge=1, le=3600, description="Silence of a worker after which another takes up its jobs."
    )

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for each in split_origins(value):
            if not _ORIGIN.fullmatch(each):
                raise ValueError(f"{each} is no origin; give https://host or http://host:port, no path")
        return value

    @property
    def allowed_origins(self) -> list[str]:
        """The origins, one by one, as browsers write them."""
        return split_origins(self.origins)

    @field_validator("class_rates")
    @classmethod
    def _is_rates(cls, value: str) -> str:
        read_class_rates(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("give an address that begins with redis:// or rediss://")
        return value

    @field_validator("database_url", "migration_database_url", "maintenance_database_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("give an address that begins with postgresql://")
        return value


def split_origins(text: str) -> list[str]:
    """Origins written with spaces or commas between them."""
    return text.lower().replace(",", " ").split()


def read_class_rates(text: str) -> dict[tuple[str, str | None], float]:
    """How many operations a minute each class may have, or each role in it: `analytics:TEACHER=120`."""
    rates: dict[tuple[str, str | None], float] = {}
    for each in text.split():
        name, _, count = each.partition("=")
        group, _, role = name.partition(":")
        if not group or not count.isdigit() or int(count) == 0:
            raise ValueError("give rates a minute such as 'tutor=10 analytics=60 analytics:TEACHER=120'")
        rates[group, role or None] = int(count)
    return rates


def default_data_dir() -> Path:
    """The user's data folder for this application."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "masterygraph"


def read_settings(environment: dict[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment, `given` first. Unknown MASTERYGRAPH_ names are refused."""
    source = dict(os.environ if environment is None else environment)
    known = {name.upper(): name for name in Settings.model_fields}
    values: dict[str, Any] = {}
    for name, value in source.items():
        bare = name.removeprefix(PREFIX)
        if bare in known and value != "":
            values[known[bare]] = value
        elif name.startswith(PREFIX):
            raise SettingsRefused(f"{name} is not a setting. Known: {', '.join(sorted(known))}.")
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsRefused("Settings refused: " + "; ".join(lines)) from None
