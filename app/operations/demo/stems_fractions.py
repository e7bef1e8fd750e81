"""Items on factors and fractions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, several

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def proper(r: Random, bottoms: tuple[int, ...] = (3, 4, 5, 6, 7, 8, 9, 10, 12)) -> Fraction:
    """In lowest terms, between 0 and 1."""
    bottom = r.choice(bottoms)
    return Fraction(r.choice([top for top in range(1, bottom) if gcd(top, bottom) == 1]), bottom)


def factors(r: Random) -> Draft:
    number = r.choice([12, 16, 18, 20, 24, 28, 30, 32, 36, 40, 42, 45, 48, 50, 54, 56, 60])
    divisors = [d for d in range(2, number) if number % d == 0]
    others = r.sample([d for d in range(3, 16) if number % d], 2)
    return several(
        r,
        f"Which of these are factors of {number}?",
        r.sample(divisors, 3),
        [(other, f"{number} ÷ {other} leaves a remainder.") for other in others],
        rule="A factor divides without remainder.",
    )


def multiple(r: Random) -> Draft:
    a, n = r.randint(6, 15), r.randint(4, 9)
    return ask(
        r,
        f"What is the smallest multiple of {a} that is larger than {a * n + r.randint(1, a - 1)}?",
        a * (n + 1),
        (a * n, "That one is smaller."),
        (a * (n + 2), "There is a smaller one."),
        rule="Multiples are the numbers of the table, continued.",
    )


def divisibility(r: Random) -> Draft:
    by = r.choice([3, 4, 6, 9])
    numbers = r.sample(range(111, 999), 60)
    right = [n for n in numbers if n % by == 0][:2]
    wrong = [n for n in numbers if n % by and (n % 10 % by == 0 or (by != 4 and n % 3 == 0))][:2]
    hint = {
        3: "Add up the digits; the sum must be a multiple of 3.",
        4: "Look at the last two digits.",
        6: "It must be even and a multiple of 3.",
        9: "Add up the digits; the sum must be a multiple of 9.",
    }[by]
    return several(
        r,
        f"Which of {', '.join(map(str, sorted(right + wrong)))} are divisible by {by}?",
        right,
        [(n, hint) for n in wrong],
        rule=hint,
        hard=0.3 if by in (4, 6) else 0.0,
    )


def missing_digit(r: Random) -> Draft:
    tens, ones = r.randint(1, 9), r.randint(0, 9)
    digit = (-(tens + ones)) % 9
    if digit == 0:
        digit, tens, ones = 4, 2, 3
    return ask(
        r,
        f"Which digit makes the number {tens}_{ones} (a digit is missing in the middle) divisible by 9?",
        digit,
        (digit - 3 if digit > 3 else digit + 3, "That makes it divisible by 3 only."),
        rule="The sum of the digits must be a multiple of 9.",
        hard=0.2,
    )


def primes(r: Random) -> Draft:
    traps = r.sample([21, 27, 33, 39, 49, 51, 57, 63, 77, 87, 91], 2)
    tell = {n: next(p for p in PRIMES if n % p == 0) for n in traps}
    right = r.sample(PRIMES[3:], 3)
    return several(
        r,
        f"Which of {', '.join(map(str, sorted(right + traps)))} are prime?",
        right,
        [(n, f"{n} = {p} × {n // p}.") for n, p in tell.items()],
        rule="A prime has exactly two factors: 1 and itself.",
    )


def next_prime(r: Random) -> Draft:
    index = r.randrange(3, len(PRIMES) - 1)
    after = PRIMES[index] + r.choice([0, 1])
    return ask(
        r,
        f"What is the next prime after {after}?",
        PRIMES[index + 1],
        (after + 1 + after % 2, "Is it divisible by 3 or 7?"),
        (after + 2, "Test it with small primes."),
        rule="Try 2, 3, 5 and 7 in turn.",
        hard=0.2,
    )


def factor_tree(r: Random) -> Draft:
    parts = sorted(r.choice([2, 2, 2, 3, 3, 5, 7]) for _ in range(r.choice([3, 4])))
    number = 1
    for part in parts:
        number *= part
    right = " × ".join(map(str, parts))
    merged = " × ".join(map(str, sorted([parts[0] * parts[1], *parts[2:]])))
    return ask(
        r,
        f"Write {number} as a product of primes, smallest first (like 2 × 3 × 3).",
        right,
        (merged, f"{parts[0] * parts[1]} is not prime yet."),
        (" × ".join(map(str, parts[1:])), "One factor is missing."),
        (f"2 × {number // 2 if number % 2 == 0 else number - 2}", "Go on until all factors are prime."),
        rule="Divide by the smallest prime as often as it goes.",
        hard=0.2 * len(parts) - 0.7,
        also=(
            right.replace("×", "*"),
            right.replace(" × ", "*"),
            right.replace(" × ", "x"),
            right.replace("×", "x"),
        ),
    )


def greatest_common(r: Random) -> Draft:
    g, (a, b) = (
        r.choice([2, 3, 4, 5, 6, 7, 8, 9, 12]),
        r.choice([(2, 3), (3, 4), (3, 5), (2, 5), (4, 5), (5, 6), (4, 7)]),
    )
    x, y = g * a, g * b
    return ask(
        r,
        f"What is the greatest common divisor of {x} and {y}?",
        g,
        (lcm(x, y), "That is the least common multiple."),
        (next((d for d in (2, 3) if g % d == 0 and d < g), 1), "There is a greater one."),
        (y - x + 1, "It must divide both."),
        rule="Multiply the primes both have in common.",
    )


def least_common(r: Random) -> Draft:
    x, y = r.sample([4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20], 2)
    return ask(
        r,
        f"What is the least common multiple of {x} and {y}?",
        lcm(x, y),
        (x * y, "It is a common multiple; is it the least?"),
        (gcd(x, y), "That is the greatest common divisor."),
        (max(x, y), "It must be a multiple of both."),
        rule="Go through the multiples of the larger number.",
        hard=0.3 if gcd(x, y) > 1 else -0.1,
    )


def part(r: Random) -> Draft:
    bottom = r.choice([3, 4, 5, 6, 8, 10, 12])
    top = r.randint(1, bottom - 1)
    what = r.choice(["pizza", "cake", "bar of chocolate", "garden"])
    return ask(
        r,
        f"A {what} is cut into {bottom} equal parts; {bottom - top} are taken. Which fraction of it is left?",
        f"{top}/{bottom}",
        (f"{bottom - top}/{bottom}", "That is the part taken."),
        (f"{bottom - top}/{top}", "Compare with the whole."),
        (f"{bottom}/{top}", "The number of all parts goes below."),
        rule="Below: all equal parts. Above: those that count.",
        also=(str(Fraction(top, bottom)),),
    )


def part_of_set(r: Random) -> Draft:
    red, blue = r.randint(2, 9), r.randint(2, 9)
    return ask(
        r,
        f"In a bag are {red} red and {blue} blue balls. Which fraction of the balls is red?",
        f"{red}/{red + blue}",
        (f"{red}/{blue}", "Compare with all balls, not with the blue ones."),
        (f"{blue}/{red + blue}", "That is the blue part."),
        (f"1/{red}", "Above stands how many are red."),
        rule="The whole is all balls.",
        hard=0.2,
        also=(str(Fraction(red, red + blue)),),
    )


def equivalent(r: Random) -> Draft:
    f, k = proper(r), r.randint(2, 9)
    top, bottom = f.numerator * k, f.denominator * k
    return fill(
        f"Equal fractions: {f} = [1]/{bottom}, which is {f.denominator} × [2] below.",
        Blank(top, f.numerator + bottom - f.denominator, "Multiply above and below by the same number."),
        Blank(k, bottom - f.denominator, "Multiply, do not add."),
        rule="Multiply numerator and denominator by the same number.",
        hard=0.05 * k - 0.3,
    )


def equivalent_which(r: Random) -> Draft:
    f = proper(r, (2, 3, 4, 5, 6))
    a, b = f.numerator, f.denominator
    k, m = r.sample(range(2, 8), 2)
    right, added, half = [f"{a * k}/{b * k}", f"{a * m}/{b * m}"], f"{a + k}/{b + k}", f"{a * k}/{b}"
    return several(
        r,
        f"Which of {', '.join(sorted([*right, added, half]))} are equal to {f}?",
        right,
        [(added, "Adding the same number above and below changes the value."), (half, "Multiply below too.")],
        rule="Multiply numerator and denominator by the same number.",
    )


def add_like(r: Random) -> Draft:
    bottom = r.choice([5, 7, 8, 9, 10, 11, 12])
    a = r.randint(1, bottom - 2)
    b = r.randint(1, bottom - 1 - a)
    return ask(
        r,
        f"{a}/{bottom} + {b}/{bottom} = ?",
        f"{a + b}/{bottom}",
        (f"{a + b}/{2 * bottom}", "The denominator names the parts; it stays."),
        (f"{a * b}/{bottom}", "Add the numerators."),
        (f"{a + b}/{bottom * bottom}", "The denominator stays."),
        rule="Equal parts: add the numerators, keep the denominator.",
        also=(str(Fraction(a + b, bottom)),),
    )


def simplify(r: Random) -> Draft:
    f, k = proper(r), r.choice([2, 3, 4, 5, 6, 8, 9])
    top, bottom = f.numerator * k, f.denominator * k
    half = next(d for d in (2, 3, 5, 1) if k % d == 0)
    return ask(
        r,
        f"Simplify {top}/{bottom} as far as possible.",
        str(f),
        (
            f"{top // half}/{bottom // half}" if half < k else f"{top}/{f.denominator}",
            "Divide both, and go on while you can.",
        ),
        (f"{f.numerator}/{bottom}", "Divide the denominator too."),
        (f"{f.denominator}/{f.numerator}", "Keep above what is above."),
        rule="Divide numerator and denominator by their greatest common divisor.",
        hard=0.08 * k - 0.4,
    )


def compare(r: Random) -> Draft:
    a, b = proper(r), proper(r)
    while a == b:
        b = proper(r)
    bigger = "greater" if a > b else "less"
    return fill(
        f"{a} is [1] than {b}, since with the denominator {lcm(a.denominator, b.denominator)} the "
        "numerators differ by [2].",
        Blank(
            bigger, "less" if a > b else "greater", "Bring both to the same denominator.", ("less", "greater")
        ),
        Blank(abs((a - b) * lcm(a.denominator, b.denominator)), 0, "Expand both fractions first."),
        rule="With the same denominator the numerators decide.",
    )


def compare_order(r: Random) -> Draft:
    fractions = sorted({proper(r, (2, 3, 4, 5, 6, 8)) for _ in range(9)})
    chosen = sorted(r.sample(fractions, min(4, len(fractions))))
    return arrange(
        r,
        f"Order, smallest first: {', '.join(map(str, sorted(chosen, key=str)))}.",
        chosen,
        rule="Compare with 1/2 first, then bring to the same denominator.",
        hard=0.3,
    )


def mixed(r: Random) -> Draft:
    f, whole = proper(r, (2, 3, 4, 5, 6, 8)), r.randint(1, 6)
    top = whole * f.denominator + f.numerator
    return ask(
        r,
        f"Write {top}/{f.denominator} as a mixed number (like 2 1/3).",
        f"{whole} {f}",
        (f"{f.numerator} {whole}/{f.denominator}", "The wholes come first."),
        (f"{whole + 1} {f}", "One whole too many."),
        (
            f"{whole} {f.denominator}/{f.numerator}" if f.numerator > 1 else f"{whole} 1/{top}",
            "Keep the denominator.",
        ),
        rule="Divide: the quotient is the whole, the remainder goes above.",
        also=(f"{whole}+{f}", f"{whole} + {f}"),
    )


def improper(r: Random) -> Draft:
    f, whole = proper(r, (2, 3, 4, 5, 6, 8)), r.randint(1, 7)
    d, n = f.denominator, f.numerator
    return ask(
        r,
        f"Write {whole} {f} as one fraction.",
        Fraction(whole * d + n, d),
        (Fraction(whole + n, d), "Each whole has as many parts as the denominator says."),
        (Fraction(whole * n, d), "Multiply the whole by the denominator."),
        rule="Wholes times denominator, plus numerator.",
    )


def add_unlike(r: Random) -> Draft:
    a, b = proper(r), proper(r)
    while a.denominator == b.denominator:
        b = proper(r)
    n, d = a.numerator, a.denominator
    return ask(
        r,
        f"{a} + {b} = ? Simplify.",
        a + b,
        (Fraction(n + b.numerator, d + b.denominator), "Numerators and denominators are not added apart."),
        (Fraction(n + b.numerator, lcm(d, b.denominator)), "Expand the numerators too."),
        (Fraction(n + b.numerator, d * b.denominator), "Expand the numerators too."),
        rule="Bring both to a common denominator first.",
        hard=0.03 * lcm(d, b.denominator) - 0.7,
    )


def sub_unlike(r: Random) -> Draft:
    a, b = sorted([proper(r), proper(r)], reverse=True)
    while a == b or a.denominator == b.denominator:
        a, b = sorted([proper(r), proper(r)], reverse=True)
    common = lcm(a.denominator, b.denominator)
    return ask(
        r,
        f"{a} - {b} = ? Simplify.",
        a - b,
        (
            Fraction(abs(a.numerator - b.numerator), abs(a.denominator - b.denominator)),
            "Do not subtract above and below apart.",
        ),
        (Fraction(abs(a.numerator - b.numerator), common), "Expand the numerators too."),
        (a + b, "Subtract, do not add."),
        rule="Bring both to a common denominator first.",
        hard=0.03 * common - 0.6,
    )


def of_quantity(r: Random) -> Draft:
    f, k = proper(r, (3, 4, 5, 6, 8, 10)), r.randint(3, 12)
    whole, unit = f.denominator * k, r.choice(["kg", "m", "min", "l"])
    return ask(
        r,
        f"How much is {f} of {whole} {unit}?",
        f.numerator * k,
        (k, "That is one part only." if f.numerator > 1 else "?"),
        (whole - f.numerator * k, "That is the rest."),
        (whole // max(1, f.numerator), "Divide by the denominator."),
        rule="Divide by the denominator, multiply by the numerator.",
        hard=-0.3 if f.numerator == 1 else 0.2,
        unit=unit,
    )


def product(r: Random) -> Draft:
    a, b = proper(r), proper(r)
    return ask(
        r,
        f"{a} × {b} = ? Simplify.",
        a * b,
        (a / b, "You divided."),
        (Fraction(a.numerator + b.numerator, a.denominator * b.denominator), "Multiply the numerators."),
        (Fraction(a.numerator * b.numerator, a.denominator + b.denominator), "Multiply the denominators."),
        rule="Numerator times numerator, denominator times denominator.",
    )


def product_match(r: Random) -> Draft:
    found = {proper(r, (3, 4, 5, 7)) * proper(r, (2, 5, 6)): None for _ in range(4)}
    pairs = [(f"{2 * f.numerator}/{f.denominator} × 1/2", f) for f in found]
    return (
        match(
            r,
            f"Match each product with its value: {', '.join(str(value) for _, value in pairs)}.",
            pairs,
            rule="Cancel before you multiply.",
            hard=0.2,
        )
        if len(pairs) > 1
        else product(r)
    )


def quotient(r: Random) -> Draft:
    a, b = proper(r), proper(r)
    return ask(
        r,
        f"{a} ÷ {b} = ? Simplify.",
        a / b,
        (a * b, "Take the reciprocal of the divisor."),
        (b / a, "You turned the wrong fraction over."),
        rule="Multiply by the reciprocal of the divisor.",
        hard=0.1,
    )


def quotient_whole(r: Random) -> Draft:
    bottom, whole = r.randint(2, 9), r.randint(2, 9)
    return pick(
        r,
        f"How many times does 1/{bottom} fit into {whole}?",
        whole * bottom,
        (Fraction(whole, bottom), "A part smaller than one fits more often."),
        (whole + bottom, "Each whole holds several parts: multiply."),
        rule="Into one whole 1/n fits n times.",
        hard=-0.2,
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "NUM.FACTOR.MULTIPLE": (factors, multiple),
    "NUM.FACTOR.RULES": (divisibility, missing_digit, divisibility),
    "NUM.FACTOR.PRIME": (primes, next_prime),
    "NUM.FACTOR.TREE": (factor_tree,),
    "NUM.FACTOR.GCD": (greatest_common,),
    "NUM.FACTOR.LCM": (least_common,),
    "NUM.FRAC.PART": (part, part_of_set),
    "NUM.FRAC.EQUIV": (equivalent, equivalent_which),
    "NUM.FRAC.ADDLIKE": (add_like,),
    "NUM.FRAC.SIMPLIFY": (simplify,),
    "NUM.FRAC.COMPARE": (compare, compare_order),
    "NUM.FRAC.MIXED": (mixed, improper),
    "NUM.FRAC.ADD": (add_unlike,),
    "NUM.FRAC.SUB": (sub_unlike,),
    "NUM.FRAC.OF": (of_quantity,),
    "NUM.FRAC.MUL": (product, product, product_match),
    "NUM.FRAC.DIV": (quotient, quotient, quotient_whole),
}
