"""Items on patterns, expressions and sequences."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, several


def linear(a: int, b: int, x: str = "x") -> str:
    """ax + b as it is written: 3x - 2, -x + 5, 4x."""
    front = {1: x, -1: f"-{x}", 0: ""}.get(a, f"{a}{x}")
    if not front:
        return str(b)
    return f"{front} {'+' if b > 0 else '-'} {abs(b)}" if b else front


def quadratic(a: int, b: int, c: int) -> str:
    """ax² + bx + c as it is written."""
    front = {1: "x^2", -1: "-x^2"}.get(a, f"{a}x^2")
    if not b:
        return f"{front} {'+' if c > 0 else '-'} {abs(c)}" if c else front
    rest = linear(abs(b), c)
    return f"{front} {'+' if b > 0 else '-'} {rest}"


def pattern(r: Random) -> Draft:
    start, step, grow = r.randint(1, 12), r.randint(2, 9), r.choice([0, 0, 1, 2])
    row = [start]
    for index in range(5):
        row.append(row[-1] + step + grow * index)
    return ask(
        r,
        f"Continue: {', '.join(map(str, row[:5]))}, …",
        row[5],
        (row[4] + step, "The steps grow."),
        (row[4] + 1, "Look at the differences."),
        rule="Write down the differences.",
        hard=0.4 * grow - 0.2,
    )


def pattern_rule(r: Random) -> Draft:
    start, factor, added = r.randint(1, 5), r.choice([2, 3]), r.randint(1, 4)
    row = [start]
    for _ in range(3):
        row.append(row[-1] * factor + added)
    return pick(
        r,
        f"Which rule makes {', '.join(map(str, row))}?",
        f"times {factor}, plus {added}",
        (f"plus {row[1] - row[0]}", "That fits the first step only."),
        (f"times {factor + 1}", "Test it on the last step."),
        (
            f"times {added}, plus {factor}" if added != factor else f"times {factor}",
            "Test it on the last step.",
        ),
        rule="A rule has to fit all steps.",
        hard=0.4,
    )


def write(r: Random) -> Draft:
    n, m = r.randint(2, 9), r.randint(2, 12)
    text, right, wrong = r.choice(
        [
            (f"{n} times a number x, plus {m}", f"{n}x + {m}", f"{n}(x + {m})"),
            (f"{n} times the sum of a number x and {m}", f"{n}(x + {m})", f"{n}x + {m}"),
            (f"{m} less than {n} times a number x", f"{n}x - {m}", f"{m} - {n}x"),
            (f"{n} times a number x taken away from {m}", f"{m} - {n}x", f"{n}x - {m}"),
        ]
    )
    return ask(
        r,
        f"Write as an expression: {text}.",
        right,
        (wrong, "Read again what belongs together, and in which order."),
        (f"{n + m}x", "The number without x is not multiplied by x."),
        (f"x + {n} + {m}", "Times is not plus."),
        rule="Translate piece by piece.",
        also=(right.replace(f"{n}x", f"{n}*x"),),
    )


def write_match(r: Random) -> Draft:
    n = r.randint(2, 20)
    return match(
        r,
        f"Match words and expressions for a number x and {n}.",
        [
            (f"{n} more than x", f"x + {n}"),
            (f"{n} less than x", f"x - {n}"),
            (f"{n} times x", f"{n}x"),
            (f"x shared by {n}", f"x/{n}"),
        ],
        rule="More: plus. Less: minus. Shared: divided.",
        hard=-0.4,
    )


def value(r: Random) -> Draft:
    a, b, x = r.randint(2, 9), r.randint(2, 20), r.randint(2, 9)
    return ask(
        r,
        f"What is {a}x + {b} for x = {x}?",
        a * x + b,
        (int(f"{a}{x}") + b, f"{a}x means {a} times x."),
        (a + x + b, f"{a}x means {a} times x."),
        (a * (x + b), "Multiply first."),
        rule="Put the number for the letter, then mind the order.",
        hard=-0.2,
    )


def value_two(r: Random) -> Draft:
    a, x, y = r.randint(2, 5), r.randint(2, 6), r.randint(2, 9)
    return ask(
        r,
        f"What is {a}x² - y for x = {x} and y = {y}?",
        a * x * x - y,
        ((a * x) ** 2 - y, "The square belongs to x alone."),
        (a * 2 * x - y, "x² is x times x."),
        (a * x * x + y, "Subtract y."),
        rule="Powers first, then products, then sums.",
        hard=0.4,
    )


def like(r: Random) -> Draft:
    a, b, c, d = r.randint(2, 9), r.randint(2, 9), r.randint(2, 8), r.randint(1, 9)
    right = linear(a + c, b - d)
    return ask(
        r,
        f"Simplify {a}x + {b} + {c}x - {d}.",
        right,
        (f"{a + b + c - d}x", "Only like terms are put together."),
        (linear(a + c, b + d), "Mind the minus."),
        (f"{a + c}x^2 + {b - d}", "x + x is 2x, not x²."),
        rule="Add the numbers of x, and the numbers without x.",
    )


def like_which(r: Random) -> Draft:
    a, b, c = r.sample(range(2, 12), 3)
    return several(
        r,
        f"Which terms are like {a}x?",
        [f"{b}x", f"-{c}x"],
        [(f"{a}y", "Another letter."), (f"{b}x^2", "x² is not x."), (str(a * c), "It has no x.")],
        rule="The same letters with the same powers.",
        hard=-0.3,
    )


def expand(r: Random) -> Draft:
    a, b, c = (
        r.choice([-5, -4, -3, -2, 2, 3, 4, 5, 6, 7]),
        r.randint(1, 4),
        r.choice([-7, -5, -3, -2, 2, 3, 4, 6, 8]),
    )
    return ask(
        r,
        f"Expand {a}({linear(b, c)}).",
        linear(a * b, a * c),
        (linear(a * b, c), "Multiply the second term too."),
        (linear(a * b, -a * c), "Mind the signs."),
        (linear(a + b, a + c), "Multiply, do not add."),
        rule="Each term in the bracket is multiplied.",
        hard=0.4 if a < 0 else -0.2,
    )


def expand_steps(r: Random) -> Draft:
    a, b, c = r.randint(2, 6), r.randint(2, 9), r.randint(2, 5)
    return arrange(
        r,
        f"Put the steps of simplifying {a}(x + {b}) + {c}x in order.",
        [f"{a}(x + {b}) + {c}x", f"{a}x + {a * b} + {c}x", f"{a}x + {c}x + {a * b}", f"{a + c}x + {a * b}"],
        rule="Expand, sort, collect.",
        hard=-0.4,
    )


def factor_out(r: Random) -> Draft:
    a, (b, c) = (
        r.randint(2, 9),
        r.choice([(1, 2), (2, 3), (3, 4), (1, 5), (3, -2), (2, -5), (4, -3), (5, 3), (1, -4)]),
    )
    return ask(
        r,
        f"Factor out as much as possible: {linear(a * b, a * c)}",
        f"{a}({linear(b, c)})",
        (f"{a}({linear(b, a * c)})", "Divide the second term too."),
        (f"{a}({linear(a * b, c)})", "Divide the first term too."),
        (f"{a}({linear(b, -c)})", "Expand to check the sign."),
        rule="Divide each term by the greatest common factor.",
    )


def factor_letter(r: Random) -> Draft:
    a, b = r.randint(2, 9), r.choice([3, 5, 7, 11])
    if a % b == 0:
        a += 1
    return ask(
        r,
        f"Factor out: {a}x² + {b}x",
        f"x({a}x + {b})",
        (f"x({a} + {b}x)", "Expand to check."),
        (f"{a}x(x + {b})", f"{b} is not a multiple of {a}."),
        (f"x({a}x + {b}x)", "Divide the second term by x too."),
        rule="x stands in both terms.",
        hard=0.2,
    )


def binomial(r: Random) -> Draft:
    a, b = r.choice([-6, -5, -3, -2, 1, 2, 3, 4, 7]), r.choice([-4, -3, -1, 2, 3, 5, 6, 8])
    return ask(
        r,
        f"Expand ({linear(1, a)})({linear(1, b)}).",
        quadratic(1, a + b, a * b),
        (quadratic(1, 0, a * b), "Each term times each term: four products."),
        (quadratic(1, a * b, a + b), "The sum stands before x."),
        (quadratic(1, a + b, -a * b), "Mind the sign of the last term."),
        rule="Each term of one bracket times each of the other.",
    )


def identity(r: Random) -> Draft:
    a = r.randint(2, 12)
    sign = r.choice([1, -1])
    return ask(
        r,
        f"Expand ({linear(1, sign * a)})².",
        quadratic(1, 2 * sign * a, a * a),
        (quadratic(1, 0, a * a), "The double product is missing."),
        (quadratic(1, sign * a, a * a), "Twice the product."),
        (quadratic(1, 2 * sign * a, -a * a), "A square is not negative."),
        rule="(a + b)² = a² + 2ab + b².",
    )


def identity_fill(r: Random) -> Draft:
    a, b = r.randint(2, 5), r.randint(3, 9)
    return fill(
        f"({a}x + {b})({a}x - {b}) = [1]x² - [2]",
        Blank(a * a, a, "Square the number before x too."),
        Blank(b * b, 2 * b, "Square it, do not double it."),
        rule="(a + b)(a - b) = a² - b².",
    )


def nth(r: Random) -> Draft:
    d, first = r.randint(2, 9), r.randint(-4, 9)
    b = first - d
    return ask(
        r,
        f"Write the nth term of {', '.join(str(first + d * n) for n in range(4))}, …",
        linear(d, b, "n"),
        (linear(1, d, "n"), "The difference stands before n."),
        (linear(d, first, "n"), "Test it with n = 1."),
        (linear(d, -b, "n"), "Test it with n = 1."),
        rule="The difference times n, corrected so that n = 1 gives the first term.",
    )


def nth_value(r: Random) -> Draft:
    d, first, n = r.randint(2, 9), r.randint(1, 12), r.choice([10, 20, 50, 100])
    return ask(
        r,
        f"A sequence starts {first}, {first + d}, {first + 2 * d}, … What is term number {n}?",
        first + d * (n - 1),
        (first + d * n, "The first term has no step yet."),
        (d * n, "It does not start at 0."),
        rule="First term plus (n - 1) steps.",
        hard=-0.1,
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "ALG.PATTERN": (pattern, pattern, pattern_rule),
    "ALG.EXPR.WRITE": (write, write, write_match),
    "ALG.EXPR.VALUE": (value, value_two),
    "ALG.EXPR.LIKE": (like, like, like_which),
    "ALG.EXPR.EXPAND": (expand, expand, expand_steps),
    "ALG.EXPR.FACTOR": (factor_out, factor_letter),
    "ALG.EXPR.BINOMIAL": (binomial,),
    "ALG.EXPR.IDENTITY": (identity, identity_fill),
    "ALG.SEQUENCE": (nth, nth_value),
}
