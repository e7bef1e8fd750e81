"""Readers and units of work: whose rows a connection shows, and what a change that did not end well leaves."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest

from app.bootstrap import Addresses
from app.kit.database import Database
from app.kit.statements import sql

TENANT = sql("SELECT current_setting('app.organization', true)")


@pytest.fixture
async def one_connection(addresses: Addresses) -> AsyncIterator[Database]:
    """A database with one connection to read, so that every reader meets what the last one left."""
    database = Database(addresses.application, readers=1, writers=1)
    await database.open()
    yield database
    await database.close()


async def test_a_reader_that_is_cancelled_while_it_enters_its_organization_leaves_no_other_reader_there(
    one_connection: Database,
) -> None:
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    async with one_connection.reader(ours):
        pass

    async def look() -> None:
        async with one_connection.reader(theirs):
            pass

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    time.sleep(0.1)  # the server has entered, and we have not heard of it
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)

    async with one_connection.reader(ours) as reader:
        assert await reader.fetch_value(TENANT) == ours.hex
