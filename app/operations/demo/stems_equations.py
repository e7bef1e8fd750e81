"""Items on equations, inequalities, systems and quadratics."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, several
from app.operations.demo.stems_algebra import linear, quadratic


def one_step(r: Random) -> Draft:
    x, a = r.randint(2, 15), r.randint(2, 12)
    stem, wrong = r.choice(
        [
            (f"x + {a} = {x + a}", x + 2 * a),
            (f"x - {a} = {x - a}", x - 2 * a),
            (f"{a}x = {a * x}", a * x - a),
            (f"x/{a} = 3", 3 + a),
        ]
    )
    right = 3 * a if "/" in stem else x
    return ask(
        r,
        f"Solve {stem}.",
        right,
        (wrong, "Undo with the opposite operation."),
        (a, "Put it in to check."),
        rule="Do the opposite on both sides.",
        hard=-0.2,
    )


def two_step(r: Random) -> Draft:
    a, b, x = (
        r.randint(2, 9),
        r.choice([-9, -7, -4, -2, 3, 5, 8, 11]),
        r.choice([-4, -3, -2, 2, 3, 4, 5, 6, 7]),
    )
    return ask(
        r,
        f"Solve {linear(a, b)} = {a * x + b}.",
        x,
        (a * x, f"Divide by {a} too."),
        (
            Fraction(a * x + 2 * b, a) if (2 * b) % a else x + 2 * b // a,
            "Undo the sum with the opposite sign.",
        ),
        (-x, "Check the sign by putting it in."),
        rule="Undo the sum first, then the product.",
        hard=0.3 if x < 0 else -0.1,
    )


def two_step_order(r: Random) -> Draft:
    a, b, x = r.randint(2, 9), r.randint(2, 12), r.randint(2, 9)
    return arrange(
        r,
        f"Put the steps of solving {a}x + {b} = {a * x + b} in order.",
        [
            f"{a}x + {b} = {a * x + b}",
            f"{a}x = {a * x + b} - {b}",
            f"{a}x = {a * x}",
            f"x = {a * x} ÷ {a}",
            f"x = {x}",
        ],
        rule="Undo the sum first.",
        hard=-0.3,
    )


def both_sides(r: Random) -> Draft:
    a, c = r.sample(range(2, 10), 2)
    x, b = r.randint(-5, 9), r.randint(1, 12)
    d = (a - c) * x + b
    return ask(
        r,
        f"Solve {linear(a, b)} = {linear(c, d)}.",
        x,
        (x + 1, "Put it in to check."),
        (-x, "Mind the sign when a term changes sides."),
        ((a - c) * x, "Divide by the number before x."),
        rule="Bring the x to one side and the numbers to the other.",
        hard=0.2 if a < c else -0.1,
    )


def bracket(r: Random) -> Draft:
    a, b, x = r.randint(2, 7), r.choice([-5, -3, -2, 1, 2, 4, 6]), r.randint(-3, 9)
    c = r.choice([value for value in (1, 2, 3, 4, 5) if value != a])
    d = a * (x + b) - c * x
    return ask(
        r,
        f"Solve {a}({linear(1, b)}) = {linear(c, d)}.",
        x,
        (x - 1, "Expand: both terms of the bracket are multiplied."),
        (-x, "Check the signs."),
        (x + b, "That is the bracket."),
        rule="Expand, collect, then solve.",
    )


def word(r: Random) -> Draft:
    a, b, x = r.randint(2, 9), r.randint(3, 20), r.randint(3, 15)
    return fill(
        f"{a} times a number, plus {b}, gives {a * x + b}. As an equation: [1] = {a * x + b}. "
        "The number is [2].",
        Blank(
            f"{a}x + {b}",
            f"{a}(x + {b})",
            "Only the number is multiplied.",
            (f"{a}x + {b}", f"{a}(x + {b})", f"x + {a + b}"),
        ),
        Blank(x, a * x, f"Divide by {a}."),
        rule="Call the number x and translate piece by piece.",
    )


def word_age(r: Random) -> Draft:
    x, more = r.randint(6, 15), r.randint(2, 9)
    return ask(
        r,
        f"Two sisters are {2 * x + more} years old together; one is {more} years older. "
        "How old is the younger one?",
        x,
        (x + more, "That is the older one."),
        (Fraction(2 * x + more, 2), "They are not of the same age."),
        (2 * x, "Divide by two."),
        rule="x + (x + difference) = sum.",
    )


FORMULAS = (
    ("A = a·b", "b", "A/a", "A - a", "a/A"),
    ("v = s/t", "s", "v·t", "v/t", "t/v"),
    ("v = s/t", "t", "s/v", "v/s", "s·v"),
    ("U = R·I", "R", "U/I", "U - I", "I/U"),
    ("P = 2a + 2b", "a", "(P - 2b)/2", "P - 2b", "P/2 + b"),
    ("y = mx + b", "x", "(y - b)/m", "y/m - b", "(y + b)/m"),
    ("y = mx + b", "m", "(y - b)/x", "y - b - x", "(y + b)/x"),
    ("y = mx + b", "b", "y - mx", "mx - y", "y/(mx)"),
    ("A = g·h/2", "h", "2A/g", "A/(2g)", "2g/A"),
    ("V = G·h", "G", "V/h", "V - h", "h/V"),
    ("p = m/V", "m", "p·V", "p/V", "V/p"),
    ("p = m/V", "V", "m/p", "p/m", "m·p"),
    ("F = m·a", "a", "F/m", "F - m", "m/F"),
    ("E = m·g·h", "h", "E/(m·g)", "E - m·g", "E·m/g"),
    ("z = K·p/100", "K", "100z/p", "z·p/100", "z/(100p)"),
    ("z = K·p/100", "p", "100z/K", "zK/100", "z/(100K)"),
    ("s = (a + b)/2", "a", "2s - b", "2s + b", "s/2 - b"),
    ("Q = c·m·t", "t", "Q/(c·m)", "Q - c·m", "c·m/Q"),
)


def formula(r: Random) -> Draft:
    law, letter, right, minus, other = r.choice(FORMULAS)
    return pick(
        r,
        f"Solve {law} for {letter}.",
        right,
        (minus, "Undo each operation with its opposite."),
        (other, "Put in numbers to check."),
        rule="Undo what is done to the letter, last first.",
        hard=0.4 if len(right) > 5 else -0.2,
    )


def inequality_read(r: Random) -> Draft:
    bound, sign = r.randint(-6, 6), r.choice(["<", ">", "≤", "≥"])
    inside = {"<": bound - 1, ">": bound + 1, "≤": bound, "≥": bound}[sign]
    far = bound - 4 if sign in "<≤" else bound + 4
    out = bound + 3 if sign in "<≤" else bound - 3
    edge = bound if sign in "<>" else (bound + 1 if sign == "≤" else bound - 1)
    return several(
        r,
        f"Which numbers satisfy x {sign} {bound}?",
        [inside, far],
        [(edge, "Look whether the end point belongs to it."), (out, "That is the other side.")],
        rule="< and > leave the end point out.",
    )


def inequality_words(r: Random) -> Draft:
    n = r.randint(2, 30)
    return match(
        r,
        f"Match words and signs for the number {n}.",
        [
            (f"at least {n}", f"x ≥ {n}"),
            (f"at most {n}", f"x ≤ {n}"),
            (f"less than {n}", f"x < {n}"),
            (f"more than {n}", f"x > {n}"),
        ],
        rule="At least: this or more.",
        hard=0.2,
    )


def inequality(r: Random) -> Draft:
    a, x, b, sign = r.randint(2, 9), r.randint(-5, 9), r.randint(1, 12), r.choice(["<", ">"])
    return ask(
        r,
        f"Solve {a}x + {b} {sign} {a * x + b}.",
        f"x {sign} {x}",
        (f"x {'>' if sign == '<' else '<'} {x}", "A positive divisor keeps the sign."),
        (f"x {sign} {a * x}", f"Divide by {a}."),
        (f"x = {x}", "Many numbers solve it."),
        rule="As with equations, while the factor is positive.",
    )


def inequality_negative(r: Random) -> Draft:
    a, x, b, sign = r.randint(2, 9), r.randint(-5, 9), r.randint(1, 12), r.choice(["<", ">"])
    turned = ">" if sign == "<" else "<"
    return ask(
        r,
        f"Solve {b} - {a}x {sign} {b - a * x}.",
        f"x {turned} {x}",
        (f"x {sign} {x}", "Dividing by a negative number turns the sign round."),
        (f"x {turned} {-x}", "Check the sign of the number."),
        (f"x {turned} {a * x}", f"Divide by {a} too."),
        rule="A negative factor turns the inequality round.",
    )


def system(r: Random) -> Draft:
    x, y, a, b = r.randint(-3, 8), r.randint(-4, 8), r.randint(2, 5), r.randint(1, 4)
    return fill(
        f"Solve y = {linear(a, y - a * x)} and {linear(b, 0)} + y = {b * x + y}. x = [1], y = [2]",
        Blank(x, x + 1, "Put the first equation into the second."),
        Blank(y, y - 2, "Put x back into the first equation."),
        rule="Substitute, solve, put back.",
    )


def system_sum(r: Random) -> Draft:
    x, y = r.randint(2, 20), r.randint(1, 15)
    return ask(
        r,
        f"x + y = {x + y} and x - y = {x - y}. What is x?",
        x,
        (y, "That is y."),
        (2 * x, "Divide by two."),
        (x + y, "Add both equations."),
        rule="Adding both equations removes y.",
        hard=-0.4,
    )


def roots(r: Random) -> tuple[int, int]:
    low, high = sorted(r.sample([-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 9], 2))
    return low, high


def quadratic_factor(r: Random) -> Draft:
    p, q = roots(r)
    stem = quadratic(1, -(p + q), p * q).replace("^2", "²")

    def brackets(first: int, second: int) -> str:
        return f"({linear(1, first)})({linear(1, second)})"

    return ask(
        r,
        f"Factor {stem}.",
        brackets(-p, -q),
        (brackets(p, q), "Check the sign of the middle term."),
        (brackets(-p, q), "Check the sign of the product."),
        (brackets(-2 * p, -q), "The product must fit too."),
        rule="Find two numbers with the right product and sum.",
        also=(brackets(-q, -p), brackets(-q, -p).replace(" ", "")),
        hard=0.2 if p * q < 0 else -0.1,
    )


def quadratic_solve(r: Random) -> Draft:
    p, q = roots(r)
    left = quadratic(1, -(p + q), p * q).replace("^2", "²")
    return fill(
        f"{left} = 0 has the solutions [1] (smaller) and [2] (larger).",
        Blank(p, -q if -q != p else p - 1, "A factor x + a is zero for x = -a."),
        Blank(q, -p if -p != q else q + 1, "A factor x - a is zero for x = a."),
        rule="A product is zero when a factor is.",
    )


def quadratic_square(r: Random) -> Draft:
    a, k = r.randint(2, 12), r.choice([1, 2, 3])
    return pick(
        r,
        f"Solve {'' if k == 1 else k}x² = {k * a * a}.",
        f"x = {a} or x = {-a}",
        (f"x = {a}", "There is a negative solution too."),
        (f"x = {k * a * a // 2}", "Take the root, do not halve."),
        ("no solution", "Positive numbers have roots."),
        rule="Two numbers have the same square.",
        hard=-0.4,
    )


def formula_discriminant(r: Random) -> Draft:
    a, b, c = r.randint(1, 4), r.choice([-7, -5, -3, -2, 2, 3, 4, 6, 8]), r.choice([-5, -3, -1, 1, 2, 4])
    return ask(
        r,
        f"What is the discriminant b² - 4ac of {quadratic(a, b, c).replace('^2', '²')} = 0?",
        b * b - 4 * a * c,
        (b * b + 4 * a * c, "Mind the signs."),
        (b - 4 * a * c, "b is squared."),
        (-b * b - 4 * a * c, "A square is not negative."),
        rule="Read off a, b and c with their signs.",
    )


def formula_solution(r: Random) -> Draft:
    p, q = roots(r)
    a = r.choice([2, 3])
    return ask(
        r,
        f"What is the larger solution of {quadratic(a, -a * (p + q), a * p * q).replace('^2', '²')} = 0?",
        q,
        (p, "That is the smaller one."),
        (-p, "Mind the sign of b."),
        (q * a, "Divide by 2a."),
        rule="x = (-b ± √(b² - 4ac)) / 2a.",
        hard=0.3,
    )


def solution_count(r: Random) -> Draft:
    b, c = 2 * r.randint(-5, 5), r.randint(-5, 26)
    d = b * b - 4 * c
    right, wrong = ("two", "none") if d > 0 else ("one", "two") if d == 0 else ("none", "two")
    left = quadratic(1, b, c).replace("^2", "²")
    return fill(
        f"{left} = 0: the discriminant is [1], so the number of real solutions is [2].",
        Blank(d, b * b + 4 * c if c else d + 1, "b² - 4ac, with the signs."),
        Blank(right, wrong, "Positive: two, zero: one, negative: none.", ("none", "one", "two")),
        rule="The sign of the discriminant tells.",
    )


def solution_which(r: Random) -> Draft:
    a, b, c = r.randint(1, 9), r.randint(2, 6), r.randint(1, 9)
    none, root, square = (
        [f"x² + {a} = 0", f"x² + {b}x + {b * b} = 0"],
        f"x² - {c} = 0",
        f"x² + {2 * b}x + {b * b} = 0",
    )
    return several(
        r,
        f"Which of {', '.join(sorted([*none, root, square]))} have no real solution?",
        none,
        [(root, "x² can be that number."), (square, "It is a square: one solution.")],
        rule="Negative discriminant: none.",
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "ALG.EQ.ONE": (one_step,),
    "ALG.EQ.TWO": (two_step, two_step, two_step_order),
    "ALG.EQ.BOTH": (both_sides,),
    "ALG.EQ.BRACKET": (bracket,),
    "ALG.EQ.WORD": (word, word_age),
    "ALG.EQ.FORMULA": (formula,),
    "ALG.INEQ.READ": (inequality_read, inequality_words),
    "ALG.INEQ.SOLVE": (inequality,),
    "ALG.INEQ.NEGATIVE": (inequality_negative,),
    "ALG.SYSTEM": (system, system_sum),
    "ALG.QUAD.FACTOR": (quadratic_factor,),
    "ALG.QUAD.SOLVE": (quadratic_solve, quadratic_square),
    "ALG.QUAD.FORMULA": (formula_discriminant, formula_solution),
    "ALG.QUAD.COUNT": (solution_count, solution_which),
}
