"""Frames as a connection has them: what another client reads is what was sent, whatever its size."""

import pytest
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side

from schema.transport import frames


def _read(wire: bytes) -> list[tuple[Opcode, bytes, bool]]:
    client = Protocol(Side.CLIENT, max_size=None)
    client.receive_data(wire)
    return [(each.opcode, bytes(each.data), each.fin) for each in client.events_received()]  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_client_reads_texts_of_every_length_as_they_were_sent(size: int) -> None:
    texts = [b"x" * size, b"{}", b"y" * size]
    assert _read(frames.wired(texts)) == [(Opcode.TEXT, text, True) for text in texts]


def test_answers_stand_behind_the_head_of_their_operation_each_in_a_frame_of_its_own() -> None:
    framed = frames.answered(frames.head("7"), [b'{"data":1}', b'{"data":2}'])
    assert framed == [
        b'{"id":"7","type":"next","payload":{"data":1}}',
        b'{"id":"7","type":"next","payload":{"data":2}}',
    ]
    assert _read(framed.wire) == [(Opcode.TEXT, text, True) for text in framed]
