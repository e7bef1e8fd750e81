"""Aliases: what a leaderboard shows instead of a name."""

import uuid

_MANNERS = """
amber brave bright calm clever cosmic curious daring eager fair gentle golden happy honest jolly
keen kind lively lucky merry mighty misty noble patient polite proud quick quiet rapid royal silver
sincere smart snowy steady sunny swift tidy vivid warm wise witty
""".split()
_ANIMALS = """
badger bear beaver bee bison crane deer dolphin eagle falcon ferret finch fox gecko hare hawk heron
ibex jaguar kestrel koala lark lemur lion llama lynx magpie marten mole newt orca otter owl panda
parrot pelican penguin puffin quail rabbit raven robin salmon seal sparrow squirrel stork swan tapir
tiger toucan turtle walrus whale wolf wombat wren yak zebra
""".split()


def alias_of(learner_id: uuid.UUID) -> str:
    """A manner, an animal and two digits, from the random bits of the id: `Calm otter 41`."""
    bits = learner_id.int & ((1 << 62) - 1)
    manner, animal = _MANNERS[bits % len(_MANNERS)], _ANIMALS[bits // 64 % len(_ANIMALS)]
    return f"{manner.capitalize()} {animal} {bits // 8192 % 90 + 10}"
