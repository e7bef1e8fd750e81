import pytest

from tests.client import School
from tests.jobs.kinds import Office


@pytest.fixture
def office(school: School) -> Office:
    return Office(school)
