"""Public ids: each object has one, and no other spelling of it is read."""

import uuid

import pytest

from app.kit.ids import decode, encode, new_id
from app.leaderboards.board import BoardName, LeaderboardMetric, board_id, named_board
from app.leaderboards.windows import LeaderboardWindow
from tests.client import School

HEX = "0192f3c81a2b7c3d8e4f5a6b7c8d9e0f"


def test_an_id_is_read_as_it_was_written() -> None:
    identifier = new_id()
    assert decode(encode("lrn", identifier)) == ("lrn", identifier)


@pytest.mark.parametrize(
    "text",
    [
        "lrn_",
        HEX,
        f"lrn_{HEX[:-1]}",
        f"lrn_{HEX.upper()}",
        f"lrn_{HEX[:15]}_{HEX[16:]}",
        f"lrn_0x{HEX[2:]}",
        f"lrn_ {HEX[1:]}",
        f"lrn_+{HEX[1:]}",
        f"lrn_{HEX}\n",
        f"lrn_{{{HEX[2:]}}}",
        f"lrn_{HEX[:-1]}\N{ARABIC-INDIC DIGIT THREE}",
    ],
)
def test_another_spelling_is_no_id(text: str) -> None:
    assert decode(text) is None


def test_a_leaderboard_has_no_second_id() -> None:
    name = BoardName(uuid.UUID(HEX), LeaderboardWindow.WEEK, LeaderboardMetric.SCORE)
    all_time = BoardName(uuid.UUID(HEX), LeaderboardWindow.ALL_TIME, LeaderboardMetric.SCORE)
    assert named_board(board_id(name)) == name
    assert named_board(board_id(all_time)) == all_time
    assert named_board(f"{board_id(name)}_0") is None
    assert named_board(f"{board_id(name)}_01700000000") is None
    assert named_board(f"{board_id(name)}_\N{ARABIC-INDIC DIGIT THREE}") is None
    assert named_board(f"{board_id(all_time)}_1700000000") is None


async def test_nodes_are_found_by_their_own_ids_only(school: School) -> None:
    classroom = (await school.classroom())["id"]
    board = classroom.replace("cls_", "lbd_") + "_WEEK_SCORE"
    answer = await school.admin.post(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ids=[classroom, board, classroom.upper(), f"{board}_0", f"cls_0x{classroom[6:]}"],
    )
    assert answer["data"]["nodes"] == [{"id": classroom}, {"id": board}, None, None, None]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOT_FOUND"}
