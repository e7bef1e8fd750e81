"""The kinds of items as the graph names them."""

from app.content.kinds import ItemKind
from schema.enums import graph_enum

__all__ = ["ItemKind"]

graph_enum(
    ItemKind,
    "How an item is asked and answered.",
    {
        ItemKind.EXTERNAL: "Asked in another system; its attempts are imported; never offered here.",
        ItemKind.MULTIPLE_CHOICE: "Exactly one of the choices is right.",
        ItemKind.MULTIPLE_RESPONSE: "Any number of the choices are right; partial credit.",
        ItemKind.NUMERIC: "A number is typed; right within a tolerance.",
        ItemKind.SHORT_TEXT: "A short text is typed and compared with those accepted.",
        ItemKind.ORDERING: "The choices are put in order; credit for each pair in order.",
        ItemKind.MATCHING: "Each choice is matched with a target; credit for each right match.",
        ItemKind.CLOZE: "Gaps in a text are filled; credit for each gap.",
        ItemKind.CODE: "A program is written and run; not offered yet.",
    },
)
