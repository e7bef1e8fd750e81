"""GraphQL over WebSocket, protocol graphql-transport-ws."""

from starlette.websockets import WebSocket

from schema.engine.execution import Executor
from schema.transport.http import MakeContext, Recognise


class WebSocketTransport:
    """Answers operations over a socket."""

    def __init__(self, executor: Executor, recognise: Recognise, make_context: MakeContext) -> None:
        self._executor = executor
        self._recognise = recognise
        self._make_context = make_context

    async def serve(self, socket: WebSocket) -> None:
        """Refuse for the moment."""
        await socket.close(1013)
