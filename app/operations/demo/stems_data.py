"""Items on statistics and probability."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, pick, several

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def read(r: Random) -> Draft:
    counts = dict(zip(DAYS, r.sample(range(4, 40), 5), strict=True))
    first, second = r.sample(DAYS, 2)
    if counts[first] < counts[second]:
        first, second = second, first
    table = ", ".join(f"{day} {count}" for day, count in counts.items())
    return ask(
        r,
        f"Books lent: {table}. How many more on {first} than on {second}?",
        counts[first] - counts[second],
        (counts[first] + counts[second], "How many more: subtract."),
        (counts[first], "Compare both days."),
        rule="Find both numbers, then subtract.",
    )


def read_order(r: Random) -> Draft:
    counts = dict(
        zip(r.sample(["dogs", "cats", "birds", "fish", "rabbits"], 4), r.sample(range(2, 30), 4), strict=True)
    )
    table = ", ".join(f"{name} {count}" for name, count in counts.items())
    in_order = [name for name, _ in sorted(counts.items(), key=lambda entry: entry[1])]
    return arrange(
        r,
        f"A chart of pets shows {table}. Order them, the rarest first.",
        in_order,
        rule="The shortest bar comes first.",
        hard=-0.3,
    )


def mean(r: Random) -> Draft:
    m, n = r.randint(6, 30), r.choice([4, 5])
    values = [m + r.randint(-5, 5) for _ in range(n - 1)]
    values.append(m * n - sum(values))
    return ask(
        r,
        f"What is the mean of {', '.join(map(str, values))}?",
        m,
        (sum(values), "Divide by the number of values."),
        (sorted(values)[n // 2], "That is the middle value."),
        (Decimal(sum(values)) / 2, f"Divide by {n}."),
        rule="Sum divided by number.",
    )


def mean_missing(r: Random) -> Draft:
    m, a, b = r.randint(8, 20), r.randint(3, 12), r.randint(3, 12)
    return ask(
        r,
        f"Three numbers have the mean {m}. Two of them are {a} and {b}. What is the third?",
        3 * m - a - b,
        (m, "The mean need not be one of them."),
        (m - a + b, "Start with the sum of all three."),
        rule="The sum is mean times number.",
        hard=0.4,
    )


def median(r: Random) -> Draft:
    values = r.sample(range(2, 50), r.choice([5, 5, 7]))
    middle = sorted(values)[len(values) // 2]
    return ask(
        r,
        f"What is the median of {', '.join(map(str, values))}?",
        middle,
        (values[len(values) // 2], "Put them in order first."),
        (max(values) - min(values), "That is the range."),
        (sum(values) // len(values), "That is about the mean."),
        rule="Order them; take the middle one.",
    )


def median_even(r: Random) -> Draft:
    values = r.sample(range(2, 40), 4)
    _, low, high, _ = sorted(values)
    return ask(
        r,
        f"Find the median: {', '.join(map(str, values))}.",
        Decimal(low + high) / 2,
        (low, "There are two in the middle."),
        (high, "There are two in the middle."),
        rule="With an even number take the mean of the two in the middle.",
        hard=0.4,
    )


def spread(r: Random) -> Draft:
    values = r.sample(range(2, 40), 5)
    mode = r.choice(values)
    shown = [*values, mode]
    r.shuffle(shown)
    return fill(
        f"For {', '.join(map(str, shown))} the range is [1] and the mode is [2].",
        Blank(max(values) - min(values), max(values), "Largest minus smallest."),
        Blank(mode, max(values) if max(values) != mode else min(values), "The most frequent one."),
        rule="Range: largest minus smallest. Mode: most frequent.",
    )


def chance(r: Random) -> Draft:
    red, blue, green = r.randint(1, 6), r.randint(1, 6), r.randint(1, 5)
    total = red + blue + green
    return ask(
        r,
        f"A bag has {red} red, {blue} blue and {green} green balls. What is the probability of red?",
        f"{red}/{total}",
        (f"{red}/{blue + green}", "Divide by all balls."),
        (f"1/{total}", "Each red ball counts."),
        (f"{total - red}/{total}", "That is not red."),
        rule="Favourable over possible.",
        also=(str(Fraction(red, total)),),
    )


def chance_die(r: Random) -> Draft:
    sides = r.choice([6, 8, 10, 12, 20])
    at_least = r.randint(2, sides - 1)
    count = sides - at_least + 1
    return ask(
        r,
        f"A fair die has the numbers 1 to {sides}. What is the probability of {at_least} or more?",
        f"{count}/{sides}",
        (f"{count - 1}/{sides}", f"{at_least} itself counts."),
        (f"{at_least}/{sides}", "Count the numbers from there on."),
        (f"1/{sides}", "Several numbers count."),
        rule="Favourable over possible.",
        also=(str(Fraction(count, sides)),),
    )


def complement(r: Random) -> Draft:
    p = r.randint(3, 96)
    what = r.choice(["rain", "a delay", "a win"])
    return ask(
        r,
        f"The probability of {what} is {p} %. What is the probability of no such thing?",
        100 - p,
        (p, "That is the event itself."),
        (100, "Both together are 100 %."),
        rule="An event and its opposite make 100 %.",
        unit="%",
        hard=-0.3,
    )


def complement_decimal(r: Random) -> Draft:
    p = Decimal(r.randint(2, 97)) / 100
    return ask(
        r,
        f"P(A) = {p}. What is P(not A)?",
        1 - p,
        (p, "That is A."),
        (-p, "A probability is not negative."),
        (100 - p, "Probabilities add up to 1."),
        rule="P(A) + P(not A) = 1.",
    )


def two_step(r: Random) -> Draft:
    red, blue = r.randint(2, 6), r.randint(2, 6)
    total = red + blue
    back = r.random() < 0.5
    first = Fraction(red, total)
    second = first if back else Fraction(red - 1, total - 1)
    other = Fraction(red - 1, total - 1) if back else first
    return ask(
        r,
        f"A bag has {red} red and {blue} blue balls. "
        f"Two are drawn {'with' if back else 'without'} putting the first back. "
        "What is the probability of two red ones, in lowest terms?",
        first * second,
        (first + second, "Multiply along the path."),
        (first * other, "Is the first ball back in the bag?"),
        (first, "That is one draw."),
        rule="Multiply along a path.",
        hard=-0.1 if back else 0.3,
    )


def two_step_which(r: Random) -> Draft:
    n = r.randint(2, 6)
    return several(
        r,
        f"A coin is tossed {n} times. What is true?",
        [f"There are {2**n} equally likely results.", f"All heads has the probability 1/{2**n}."],
        [
            (f"All heads has the probability 1/{2 * n if n > 2 else 3}.", "Multiply the halves."),
            ("After heads tails is more likely.", "A coin has no memory."),
        ],
        rule="Multiply along a path.",
    )


def two_step_compare(r: Random) -> Draft:
    a, b = r.sample(range(2, 9), 2)
    return pick(
        r,
        f"Wheel A wins with 1/{a}, wheel B with 1/{b}. Both are turned. "
        "What is the probability that both win?",
        Fraction(1, a * b),
        (Fraction(1, a + b), "Multiply the probabilities."),
        (Fraction(1, a) + Fraction(1, b), "Both: multiply, do not add."),
        rule="Independent events multiply.",
        hard=-0.2,
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "STA.READ": (read, read_order),
    "STA.MEAN": (mean, mean_missing),
    "STA.MEDIAN": (median, median_even),
    "STA.RANGE": (spread,),
    "PRO.SIMPLE": (chance, chance_die),
    "PRO.COMPLEMENT": (complement, complement_decimal),
    "PRO.TWOSTEP": (two_step, two_step_which, two_step_compare),
}
