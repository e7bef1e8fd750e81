"""Items on powers, roots, coordinates and functions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, several
from app.operations.demo.stems_algebra import linear


def square(r: Random) -> Draft:
    base, exponent = r.choice([*((n, 2) for n in range(3, 16)), *((n, 3) for n in range(2, 7))])
    return ask(
        r,
        f"{base}{'²' if exponent == 2 else '³'} = ?",
        base**exponent,
        (base * exponent, "Multiply the number by itself."),
        (base ** (5 - exponent), "Look at the exponent."),
        ((base + 1) ** exponent, "That is the next number's."),
        rule="The exponent counts the factors.",
        hard=0.4 if base > 10 else -0.2,
    )


def root(r: Random) -> Draft:
    base = r.randint(4, 25)
    return ask(
        r,
        f"√{base * base} = ?",
        base,
        (base * base // 2, "The root is not half of it."),
        (base + 1, "Square it to check."),
        (base - 1, "Square it to check."),
        rule="Which number times itself?",
        hard=0.04 * base - 0.5,
    )


def root_between(r: Random) -> Draft:
    base = r.randint(3, 12)
    number = base * base + r.randint(1, 2 * base)
    return fill(
        f"√{number} lies between the whole numbers [1] and [2].",
        Blank(base, base - 1, "Its square is too small by far."),
        Blank(base + 1, number // 2, "Look for the next square."),
        rule="Find the squares on both sides.",
        hard=0.2,
    )


def index(r: Random) -> Draft:
    a, b = r.randint(3, 9), r.randint(2, 5)
    letter = r.choice(["x", "a", "n"])
    stem, right, wrong = r.choice(
        [
            (f"{letter}^{a} · {letter}^{b}", a + b, a * b),
            (f"{letter}^{a + b} ÷ {letter}^{b}", a, (a + b) * b),
            (f"({letter}^{a})^{b}", a * b, a + b),
        ]
    )
    return ask(
        r,
        f"Simplify {stem}.",
        f"{letter}^{right}",
        (f"{letter}^{wrong}", "Write the factors out and count them."),
        (f"{right}{letter}", "The exponent is not a factor."),
        (f"2{letter}^{right}", "The base stays as it is."),
        rule="Count the factors: product adds, quotient subtracts, power multiplies.",
    )


def negative_exponent(r: Random) -> Draft:
    base, exponent = r.randint(2, 10), r.choice([1, 2, 2, 3, 0])
    right = Fraction(1, base**exponent)
    return ask(
        r,
        f"Write {base}^{-exponent} without a power." if exponent else f"What is {base}^0?",
        right if exponent else 1,
        (
            -(base**exponent) if exponent else 0,
            "A negative exponent makes a reciprocal, not a negative number.",
        ),
        (base**exponent if exponent else base, "Take the reciprocal."),
        (Fraction(1, base * max(exponent, 2)), "A power, not a product."),
        rule="a^-n = 1/a^n and a^0 = 1.",
    )


def negative_match(r: Random) -> Draft:
    base = r.randint(2, 9)
    return match(
        r,
        f"Match powers of {base} with their values.",
        [
            (f"{base}^2", base**2),
            (f"{base}^0", 1),
            (f"{base}^-1", Fraction(1, base)),
            (f"{base}^-2", Fraction(1, base**2)),
        ],
        rule="One exponent less: divide by the base once more.",
        hard=-0.2,
    )


def standard(r: Random) -> Draft:
    front, power = Decimal(r.randint(11, 99)) / 10, r.choice([-5, -4, -3, -2, 3, 4, 5, 6])
    number = format(front.scaleb(power).normalize(), "f")
    return ask(
        r,
        f"Write {number} in standard form (like 2.5*10^3).",
        f"{front}*10^{power}",
        (f"{front}*10^{power + 1}", "Count the places again."),
        (f"{front}*10^{-power}", "Small numbers have negative exponents."),
        (f"{front * 10:.0f}*10^{power - 1}", "One digit before the point."),
        rule="One digit other than 0 before the point; count the moves.",
        also=(
            f"{front} × 10^{power}",
            f"{front} * 10^{power}",
            f"{front}×10^{power}",
            f"{front}·10^{power}",
            f"{front} · 10^{power}",
        ),
    )


def standard_order(r: Random) -> Draft:
    front = r.sample(range(2, 10), 4)
    powers = sorted(r.sample(range(-6, 8), 4))
    numbers = [f"{a} × 10^{p}" for a, p in zip(front, powers, strict=True)]
    return arrange(
        r,
        f"Order, smallest first: {', '.join(sorted(numbers))}.",
        numbers,
        rule="The exponent decides first.",
        hard=-0.3,
    )


def surd(r: Random) -> Draft:
    a, b = r.randint(2, 9), r.choice([2, 3, 5, 6, 7])
    return ask(
        r,
        f"Simplify √{a * a * b} as far as possible (like 3√2).",
        f"{a}√{b}",
        (f"{b}√{a}", "The root of the square comes out."),
        (f"{a * a}√{b}", "Take the root of what comes out."),
        (f"{a + 1}√{b}", "Square it to check."),
        rule="Split off the largest square.",
        also=(f"{a} √{b}", f"{a}*√{b}", f"{a}sqrt({b})", f"{a}*sqrt({b})"),
        hard=0.06 * a - 0.2,
    )


def coordinate(r: Random) -> Draft:
    x, y, dx, dy = r.randint(-5, 5), r.randint(-5, 5), r.randint(1, 6), r.randint(1, 6)
    return ask(
        r,
        f"From ({x}, {y}) go {dx} to the right and {dy} down. Where are you? Write (x, y).",
        f"({x + dx}, {y - dy})",
        (f"({x - dy}, {y + dx})", "x is right and left, y up and down."),
        (f"({x + dx}, {y + dy})", "Down makes y smaller."),
        (f"({y - dy}, {x + dx})", "x stands first."),
        rule="First x to the right, then y upwards.",
        also=(f"{x + dx}, {y - dy}", f"{x + dx},{y - dy}"),
    )


def quadrant(r: Random) -> Draft:
    x, y = r.choice([-1, 1]) * r.randint(1, 9), r.choice([-1, 1]) * r.randint(1, 9)
    names = {(True, True): "I", (False, True): "II", (False, False): "III", (True, False): "IV"}
    right = names[x > 0, y > 0]
    swapped = names[y > 0, x > 0]
    return pick(
        r,
        f"In which quadrant is the point ({x}, {y})?",
        right,
        (swapped, "x stands first."),
        (names[x < 0, y > 0], "Look at the sign of x."),
        (names[x > 0, y < 0], "Look at the sign of y."),
        rule="I is upper right; go on against the clock.",
        hard=-0.2,
    )


def rule_value(r: Random) -> Draft:
    a, b, x = r.randint(2, 7), r.randint(-6, 9), r.randint(-3, 8)
    return ask(
        r,
        f"f(x) = {linear(a, b)}. What is f({x})?",
        a * x + b,
        (a * (x + b), "Multiply first."),
        (a + x + b, "Times, not plus."),
        (a * x - b, "Mind the sign."),
        rule="Put the number for x.",
    )


def rule_table(r: Random) -> Draft:
    a, b = r.randint(2, 7), r.randint(1, 9)
    return fill(
        f"x: 1, 2, 3, 4 gives y: {a + b}, {2 * a + b}, {3 * a + b}, {4 * a + b}. The rule is y = [1]x + [2].",
        Blank(a, a + b, "Look how y grows from one x to the next."),
        Blank(b, a + b, "Go back to x = 0."),
        rule="The step stands before x; the value at 0 is added.",
        hard=0.2,
    )


def slope(r: Random) -> Draft:
    x, y, dx, m = r.randint(-4, 4), r.randint(-4, 4), r.randint(1, 5), r.choice([-3, -2, -1, 1, 2, 3, 4])
    return ask(
        r,
        f"What is the slope of the line through ({x}, {y}) and ({x + dx}, {y + m * dx})?",
        m,
        (Fraction(1, m) if abs(m) > 1 else m + 2, "Rise over run."),
        (-m, "Keep the order of the points."),
        (m * dx, "Divide by the run."),
        rule="Difference of y over difference of x.",
    )


def line(r: Random) -> Draft:
    m, b, x = r.choice([-4, -3, -2, 2, 3, 5]), r.randint(-7, 7), r.randint(1, 4)
    return ask(
        r,
        f"A line has slope {m} and goes through ({x}, {m * x + b}). Write its equation as y = …",
        f"y = {linear(m, b)}",
        (f"y = {linear(m, m * x + b)}", "The point is not on the y-axis."),
        (f"y = {linear(m, -b)}", "Put the point in to check."),
        (f"y = {linear(b, m)}", "The slope stands before x."),
        rule="Put slope and point into y = mx + b.",
        also=(linear(m, b), linear(m, b).replace(" ", "")),
    )


def line_read(r: Random) -> Draft:
    m, b = r.choice([-5, -3, -2, 2, 4, 6]), r.choice([-8, -5, -3, -1, 1, 2, 4, 7])
    return fill(
        f"y = {linear(m, b)} has slope [1] and meets the y-axis at y = [2].",
        Blank(m, b if b != m else -m, "The slope stands before x."),
        Blank(b, -b, "Put 0 for x."),
        rule="y = slope · x + intercept.",
        hard=-0.3,
    )


def parabola(r: Random) -> Draft:
    a, x, c = r.choice([-3, -2, -1, 2, 3]), r.randint(-5, 5), r.randint(-6, 9)
    front = {1: "x²", -1: "-x²"}.get(a, f"{a}x²")
    tail = f" {'+' if c > 0 else '-'} {abs(c)}" if c else ""
    return ask(
        r,
        f"f(x) = {front}{tail}. What is f({x})?",
        a * x * x + c,
        ((a * x) ** 2 + c, "The square belongs to x alone."),
        (-a * x * x + c, "The square of a negative number is positive."),
        (2 * a * x + c, "x² is x times x."),
        rule="Square first.",
    )


def parabola_shape(r: Random) -> Draft:
    a, c = r.choice([-4, -3, -2, -1, 2, 3, 4, 5]), r.randint(1, 9)
    return several(
        r,
        f"What is true of the parabola y = {a}x² + {c}?",
        [f"It opens {'upwards' if a > 0 else 'downwards'}.", f"It meets the y-axis at {c}."],
        [
            (f"It opens {'downwards' if a > 0 else 'upwards'}.", "Look at the sign before x²."),
            (f"Its vertex is ({c}, 0).", "The number added moves it up."),
        ],
        rule="The sign before x² tells the direction.",
    )


def vertex(r: Random) -> Draft:
    d, e = r.choice([-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5]), r.randint(-8, 8)
    tail = f" {'+' if e > 0 else '-'} {abs(e)}" if e else ""
    return ask(
        r,
        f"What is the vertex of y = ({linear(1, -d)})²{tail}? Write (x, y).",
        f"({d}, {e})",
        (f"({-d}, {e})", "The bracket is zero at the vertex."),
        (f"({e}, {d})", "x stands first."),
        (f"({d}, {-e})", "The number added moves it up."),
        rule="y = (x - d)² + e has the vertex (d, e).",
        also=(f"{d}, {e}", f"{d},{e}"),
    )


def exponential(r: Random) -> Draft:
    start, factor, n = r.choice([5, 10, 20, 50, 100]), r.choice([2, 3]), r.randint(2, 5)
    what = "doubles" if factor == 2 else "triples"
    return ask(
        r,
        f"A culture of {start} cells {what} every hour. How many cells are there after {n} hours?",
        start * factor**n,
        (start * factor * n, "It grows by the same factor, not by the same amount."),
        (start * factor ** (n - 1), "One step is missing."),
        (start + factor**n, "The start is multiplied."),
        rule="Start times factor to the power of the steps.",
    )


def half_life(r: Random) -> Draft:
    start, life, n = r.choice([80, 160, 320, 640, 800]), r.choice([3, 5, 8, 12]), r.randint(2, 4)
    return ask(
        r,
        f"A substance of {start} mg has a half-life of {life} days. How much is left after {life * n} days?",
        start // 2**n,
        (0 if n > 1 else start, "Half of what is left goes each time."),
        (start // (2 * n), "Halve step by step."),
        (start // 2 ** (n - 1), "One half-life is missing."),
        rule="Halve once for each half-life.",
        unit="mg",
        hard=0.2,
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "POW.SQUARE": (square,),
    "POW.ROOT": (root, root_between),
    "POW.INDEX": (index,),
    "POW.NEGATIVE": (negative_exponent, negative_exponent, negative_match),
    "POW.STANDARD": (standard, standard, standard_order),
    "POW.SURD": (surd,),
    "FUN.COORDINATE": (coordinate, quadrant),
    "FUN.RULE": (rule_value, rule_table),
    "FUN.LINE.SLOPE": (slope,),
    "FUN.LINE.EQUATION": (line, line_read),
    "FUN.QUAD.SHAPE": (parabola, parabola_shape),
    "FUN.QUAD.VERTEX": (vertex,),
    "FUN.EXPONENTIAL": (exponential, half_life),
}
