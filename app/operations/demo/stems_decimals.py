"""Items on decimals and integers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, show


def scaled(number: int, places: int) -> Decimal:
    return Decimal(number).scaleb(-places)


def signed(number: int) -> str:
    """In brackets after a sign of operation when it is negative."""
    return f"({number})" if number < 0 else str(number)


def place(r: Random) -> Draft:
    digits = r.sample(range(1, 10), 4)
    number = scaled(int("".join(map(str, digits))), 3)
    index, (name, worth) = r.choice(
        [*enumerate([("tenths", 1), ("hundredths", 2), ("thousandths", 3)], start=1)]
    )
    return ask(
        r,
        f"What is the digit of the {name} worth in {number}?",
        scaled(digits[index], worth),
        (digits[index], "That is the digit; say what its place is worth."),
        (scaled(digits[index], worth % 3 + 1), "Count the places from the point."),
        rule="After the point: tenths, hundredths, thousandths.",
        hard=0.2 * worth - 0.4,
    )


def place_write(r: Random) -> Draft:
    ones, hundredths = r.randint(2, 9), r.randint(2, 9)
    return ask(
        r,
        f"Write as a decimal: {ones} ones and {hundredths} hundredths.",
        ones + scaled(hundredths, 2),
        (ones + scaled(hundredths, 1), "Hundredths stand in the second place."),
        (Decimal(ones * 100 + hundredths), "The point stands after the ones."),
        rule="An empty place has a 0.",
        hard=0.1,
    )


def compare(r: Random) -> Draft:
    ones, a, b = r.randint(0, 9), r.randint(2, 8), r.randint(1, 9)
    numbers = sorted(
        {
            scaled(ones * 1000 + n, 3)
            for n in (a * 100, a * 10 + b, a * 100 + b, b * 100 + a * 10, a * 100 + 90)
        }
    )
    return arrange(
        r,
        f"Order, smallest first: {'; '.join(show(n) for n in sorted(numbers, key=str))}.",
        numbers,
        rule="Compare place by place from the left; a longer decimal is not a larger one.",
    )


def compare_two(r: Random) -> Draft:
    ones, tenth = r.randint(0, 20), r.randint(2, 9)
    short, long = (
        ones + scaled(tenth, 1),
        ones + scaled(r.randint(11, tenth * 10 - 1 if tenth > 2 else 19), 2),
    )
    first, second, is_, is_not = r.choice(
        [(short, long, "greater", "less"), (long, short, "less", "greater")]
    )
    return fill(
        f"{show(first)} is [1] than {show(second)}; the difference is [2].",
        Blank(is_, is_not, "More digits do not make a decimal greater.", ("less", "greater")),
        Blank(short - long, short + long, "Subtract place by place."),
        rule="Fill up with zeros, then compare.",
    )


def rounded(r: Random) -> Draft:
    number, places = r.randint(1005, 98999), r.choice([1, 2])
    value = scaled(number, 3)
    unit = 10 ** (3 - places)
    right = scaled((number + unit // 2) // unit, places)
    down = scaled(number // unit, places)
    other = down if right != down else down + scaled(1, places)
    return ask(
        r,
        f"Round {value} to {places} decimal place{'s' if places > 1 else ''}.",
        right,
        (other, "5 and more goes up, less goes down."),
        (scaled((number + 500) // 1000, 0), "That is rounded to ones."),
        rule="The first digit dropped decides.",
    )


def added(r: Random) -> Draft:
    a, b = scaled(r.randint(12, 199), 1), scaled(r.randint(103, 1999), 2)
    unaligned = scaled(int(a.scaleb(1)) + int(b.scaleb(2)), 2)
    return ask(
        r,
        f"{show(a)} + {show(b)} = ?",
        a + b,
        (unaligned, "Write point under point."),
        (a + b + 1, "Check the carry over the point."),
        rule="Point under point, then as with whole numbers.",
    )


def subtracted(r: Random) -> Draft:
    b = scaled(r.randint(103, 899), 2)
    a = Decimal(r.randint(10, 40)) + scaled(r.randint(1, 9), 1)
    return ask(
        r,
        f"{show(a)} - {show(b)} = ?",
        a - b,
        (
            scaled(int(a.scaleb(1)) - int(b.scaleb(1)), 1) + scaled(int(b.scaleb(2)) % 10, 2),
            "Fill up with a zero and exchange.",
        ),
        (a - b + 1, "After an exchange there is one less."),
        rule="Fill up with zeros, point under point.",
        hard=0.3,
    )


def tens(r: Random) -> Draft:
    value, power = scaled(r.randint(13, 9870), r.choice([1, 2, 3])), r.choice([10, 100, 1000])
    if r.random() < 0.5:
        return ask(
            r,
            f"{show(value)} × {power} = ?",
            value * power,
            (value * power / 10, "One place further."),
            (value / power, "Times makes it larger here."),
            rule="The digits move left, one place for each ten.",
        )
    return ask(
        r,
        f"{show(value)} ÷ {power} = ?",
        value / power,
        (value / power * 10, "One place further."),
        (value * power, "Divided makes it smaller here."),
        rule="The digits move right, one place for each ten.",
        hard=0.3,
    )


def multiplied(r: Random) -> Draft:
    a, b = scaled(r.randint(2, 49), 1), scaled(r.randint(2, 39), r.choice([1, 2]))
    return ask(
        r,
        f"{show(a)} × {show(b)} = ?",
        a * b,
        (a * b * 10, "Count the decimal places of both factors."),
        (a * b / 10, "One decimal place too many."),
        (a + b, "Multiply, do not add."),
        rule="As many decimal places as both factors have together.",
    )


def divided(r: Random) -> Draft:
    b, q = scaled(r.randint(2, 12), 1), scaled(r.randint(11, 149), 1)
    return ask(
        r,
        f"{show(b * q)} ÷ {show(b)} = ?",
        q,
        (q / 10, "Move the point in both numbers."),
        (q * 10, "Move the point in both numbers alike."),
        rule="Make the divisor a whole number; move both points.",
    )


TERMINATING = {
    "1/2": "0.5",
    "1/4": "0.25",
    "3/4": "0.75",
    "1/5": "0.2",
    "2/5": "0.4",
    "3/5": "0.6",
    "4/5": "0.8",
    "1/8": "0.125",
    "3/8": "0.375",
    "5/8": "0.625",
    "7/8": "0.875",
    "3/10": "0.3",
    "7/20": "0.35",
    "9/20": "0.45",
    "3/25": "0.12",
    "7/50": "0.14",
}


def fraction_as_decimal(r: Random) -> Draft:
    fraction = r.choice([*TERMINATING])
    top, bottom = fraction.split("/")
    return ask(
        r,
        f"Write {fraction} as a decimal.",
        Decimal(TERMINATING[fraction]),
        (Decimal(f"{top}.{bottom}"), "The fraction bar means divided by."),
        (Decimal(f"0.{bottom}"), "Divide above by below."),
        (Decimal(f"0.{top}"), "Divide above by below."),
        rule="Expand to tenths, hundredths, thousandths, or divide.",
    )


def fraction_match(r: Random) -> Draft:
    chosen = r.sample([*TERMINATING], 4)
    return match(
        r,
        f"Match fraction and decimal: {', '.join(chosen)}.",
        [(f, TERMINATING[f]) for f in chosen],
        rule="Expand to tenths, hundredths, thousandths, or divide.",
    )


def integer_order(r: Random) -> Draft:
    numbers = sorted(r.sample(range(-20, 0), 3) + r.sample(range(0, 20), 2))
    return arrange(
        r,
        f"Order, smallest first: {', '.join(map(str, sorted(numbers, key=str)))}.",
        numbers,
        rule="Smaller means further left on the number line.",
    )


def temperature(r: Random) -> Draft:
    a, b = r.randint(2, 12), r.randint(3, 15)
    return ask(
        r,
        f"In the evening it is {a} °C; in the night it becomes {a + b} degrees colder. "
        "What is the temperature then?",
        -b,
        (b, "It goes below zero."),
        (-(2 * a + b), "Start above zero."),
        (-(a + b), "Start from the evening's temperature."),
        rule="Go down to zero first, then on.",
        unit="°C",
    )


def integer_add(r: Random) -> Draft:
    a, b = r.choice([(-1, 1), (-1, -1), (1, -1)])
    x, y = a * r.randint(3, 25), b * r.randint(3, 25)
    return ask(
        r,
        f"{x} + {signed(y)} = ?",
        x + y,
        (-(x + y), "Which number is further from zero? It gives the sign."),
        (abs(x) + abs(y), "Mind the signs."),
        (abs(x) - abs(y), "Mind the signs."),
        rule="Same signs: add the amounts. Different signs: subtract them; the larger amount gives the sign.",
    )


def integer_sub(r: Random) -> Draft:
    x, y = r.choice([-1, 1]) * r.randint(3, 20), r.choice([-1, -1, 1]) * r.randint(3, 20)
    return ask(
        r,
        f"{x} - {signed(y)} = ?",
        x - y,
        (x + y, "Subtracting a number is adding its opposite."),
        (y - x, "The order matters."),
        (abs(x) - abs(y), "Mind the signs."),
        rule="Add the opposite.",
        hard=0.3 if y < 0 else -0.1,
    )


def integer_mul(r: Random) -> Draft:
    x, y = r.choice([(-1, 1), (-1, -1), (1, -1)])
    a, b = x * r.randint(2, 12), y * r.randint(2, 12)
    return ask(
        r,
        f"{a} × {signed(b)} = ?",
        a * b,
        (-a * b, "Same signs give plus, different signs minus."),
        (a + b, "Multiply, do not add."),
        rule="Same signs give plus, different signs minus.",
    )


def integer_powers(r: Random) -> Draft:
    a = -r.randint(2, 9)
    exponent = r.choice([2, 3])
    return pick(
        r,
        f"({a}) × " * (exponent - 1) + f"({a}) = ?",
        a**exponent,
        (-(a**exponent), "Count the minus signs."),
        (a * exponent, "Multiply the factors, one after the other."),
        rule="An even number of minus signs gives plus.",
    )


def integer_div(r: Random) -> Draft:
    x, y = r.choice([(-1, 1), (-1, -1), (1, -1)])
    b, q = y * r.randint(2, 12), x * y * r.randint(2, 12)
    return ask(
        r,
        f"{b * q} ÷ {signed(b)} = ?",
        q,
        (-q, "Same signs give plus, different signs minus."),
        (b * q - b, "Divide, do not subtract."),
        rule="Same signs give plus, different signs minus.",
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "NUM.DEC.PLACE": (place, place_write),
    "NUM.DEC.COMPARE": (compare, compare_two),
    "NUM.DEC.ROUND": (rounded,),
    "NUM.DEC.ADD": (added, subtracted),
    "NUM.DEC.TENS": (tens,),
    "NUM.DEC.MUL": (multiplied,),
    "NUM.DEC.DIV": (divided,),
    "NUM.DEC.FRACTION": (fraction_as_decimal, fraction_match),
    "NUM.INT.ORDER": (integer_order, temperature),
    "NUM.INT.ADD": (integer_add,),
    "NUM.INT.SUB": (integer_sub,),
    "NUM.INT.MUL": (integer_mul, integer_mul, integer_powers),
    "NUM.INT.DIV": (integer_div,),
}
