"""Join codes: short, easy to read aloud, hard to guess."""

import secrets

# Without 0 O 1 I L U V, which are misread or misheard.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH = 8


def new_join_code() -> str:
    """Eight characters, about 39 bits, in two groups: `7KQ2-MXAB`."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{code[:4]}-{code[4:]}"


def normal_join_code(text: str) -> str:
    """The code as it is compared, however it was typed."""
    code = "".join(character for character in text.upper() if character.isalnum())
    return f"{code[:4]}-{code[4:]}"
