"""Items on whole numbers: counting, place value, the four operations, word problems."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, several

FRIENDS = ("Amina", "Bela", "Chidi", "Daria", "Emre", "Freya", "Goran", "Hana", "Ivo", "Jun")
THINGS = ("stickers", "marbles", "cards", "shells", "beads", "stamps")


def count_on(r: Random) -> Draft:
    start, step = r.randint(180, 890), r.choice([-3, -2, 2, 3, 4])
    way = "on" if step > 0 else "back"
    return ask(
        r,
        f"Start at {start} and count {way} by {abs(step)}. What is the number?",
        start + step,
        (start - step, f"You went the other way; count {way}."),
        (start + step - (1 if step > 0 else -1), "Do not count the start as the first step."),
        rule="Count the steps, not the numbers you say.",
        hard=0.1 * abs(step) - 0.3,
    )


def count_neighbours(r: Random) -> Draft:
    number = r.choice([r.randint(11, 98) * 10, r.randint(2, 9) * 100 - 1, r.randint(101, 998)])
    return fill(
        f"Neighbours: [1] comes just before {number}, and [2] comes just after it.",
        Blank(number - 1, number - 10, "Go back one, not ten."),
        Blank(number + 1, number + 10, "Go on one, not ten."),
        rule="Neighbours differ by one.",
        hard=0.4 if number % 10 in (0, 9) else -0.2,
    )


def count_steps(r: Random) -> Draft:
    step, start = r.choice([2, 3, 4, 5, 10, 25, 50]), r.randint(0, 8)
    row = [start * step + step * index for index in range(5)]
    return ask(
        r,
        f"Count in equal steps: {', '.join(map(str, row[:4]))}, … What comes next?",
        row[4],
        (row[3] + 1, "The steps are larger than one."),
        (row[3] + 10, "Look at the steps between the numbers."),
        rule="Find the step between two numbers and add it once more.",
        hard=0.02 * step - 0.4,
    )


def count_gap(r: Random) -> Draft:
    step, start = r.choice([3, 4, 6, 20, 25, 100]), r.randint(1, 9)
    row = [start * step + step * index for index in range(5)]
    return fill(
        f"Fill the gaps: {row[0]}, {row[1]}, [1], {row[3]}, [2]",
        Blank(row[2], row[1] + 1, "Add the step, not one."),
        Blank(row[4], row[3] + 1, "Add the step, not one."),
        rule="The step is the same everywhere in the row.",
    )


def place_digit(r: Random) -> Draft:
    digits = r.sample(range(1, 10), 4)
    number, place = int("".join(map(str, digits))), r.randrange(4)
    worth = [1000, 100, 10, 1][place]
    return ask(
        r,
        f"What is the digit {digits[place]} worth in {number:,}?",
        digits[place] * worth,
        (digits[place], "That is the digit; its place says how much it is worth."),
        (digits[place] * worth * 10, "You counted one place too many."),
        rule="From the right: ones, tens, hundreds, thousands.",
        hard=0.1 * (3 - place),
    )


def place_compose(r: Random) -> Draft:
    thousands, hundreds, ones = (r.randint(1, 9) for _ in range(3))
    number = thousands * 1000 + hundreds * 100 + ones
    return ask(
        r,
        f"Which number has {thousands} thousands, {hundreds} hundreds, no tens and {ones} ones?",
        number,
        (thousands * 100 + hundreds * 10 + ones, "The missing tens need a 0 in their place."),
        (thousands * 1000 + hundreds * 10 + ones, "The hundreds stand in the third place from the right."),
        rule="Each place has one digit; an empty place has a 0.",
        hard=0.4,
    )


def compare_order(r: Random) -> Draft:
    a, b = r.sample(range(1, 10), 2)
    numbers = {a * 1000 + b * 10, a * 1000 + b * 100, b * 1000 + a * 10, a * 100 + b, a * 1000 + b}
    return arrange(
        r,
        f"Order by size, smallest first: {', '.join(map(str, sorted(numbers, key=str)))}.",
        sorted(numbers),
        rule="More digits first; then compare from the left.",
    )


def compare_largest(r: Random) -> Draft:
    digits = r.sample(range(1, 10), 3)
    low, mid, high = sorted(digits)
    return pick(
        r,
        f"Which is the largest number made of the digits {digits[0]}, {digits[1]} and {digits[2]}?",
        high * 100 + mid * 10 + low,
        (high * 100 + low * 10 + mid, "The tens count more than the ones: put the larger digit there."),
        (low * 100 + mid * 10 + high, "That is the smallest one."),
        (mid * 100 + high * 10 + low, "The hundreds count most."),
        rule="Put the largest digit where it is worth most.",
    )


def add_mental(r: Random) -> Draft:
    a, b = r.randint(13, 79), r.randint(13, 79)
    carries = a % 10 + b % 10 >= 10
    return ask(
        r,
        f"{a} + {b} = ?",
        a + b,
        (a + b - 10, "The ones made a ten: add it to the tens."),
        (a + b + 10, "One ten too many."),
        rule="Add tens and ones apart, then put them together.",
        hard=0.4 if carries else -0.4,
    )


def sub_mental(r: Random) -> Draft:
    b = r.randint(12, 60)
    a = b + r.randint(11, 38)
    swapped = (a // 10 - b // 10) * 10 + abs(a % 10 - b % 10)
    return ask(
        r,
        f"{a} - {b} = ?",
        a - b,
        (swapped, "Do not take the smaller digit from the larger one whichever is on top."),
        (a - b + 10, "You took one ten too few."),
        (a + b, "Subtract, do not add."),
        rule="Go back the tens first, then the ones.",
        hard=0.5 if a % 10 < b % 10 else -0.4,
    )


def add_column(r: Random) -> Draft:
    a, b = r.randint(156, 4890), r.randint(178, 4790)
    no_carry = int("".join(str((int(x) + int(y)) % 10) for x, y in zip(f"{a:04}", f"{b:04}", strict=True)))
    return ask(
        r,
        f"Add in columns: {a} + {b}",
        a + b,
        (no_carry, "You forgot to carry."),
        (a + b - 100, "Check the carry into the hundreds."),
        (a + b + 10, "You carried once too often."),
        rule="Start with the ones; ten of one place make one of the next.",
    )


def sub_column(r: Random) -> Draft:
    b = r.randint(156, 3890)
    a = b + r.randint(127, 4500)
    swapped = int("".join(str(abs(int(x) - int(y))) for x, y in zip(f"{a:04}", f"{b:04}", strict=True)))
    return ask(
        r,
        f"Subtract in columns: {a} - {b}",
        a - b,
        (swapped, "Where the upper digit is smaller, exchange one of the next place."),
        (a - b + 10, "After an exchange there is one ten less."),
        (a - b + 100, "Check the hundreds again."),
        rule="Exchange one of the next place when the upper digit is too small.",
        hard=0.1,
    )


def tables(r: Random) -> Draft:
    a, b = r.randint(3, 10), r.randint(3, 10)
    return ask(
        r,
        f"{a} × {b} = ?",
        a * b,
        (a * b - a, f"That is {a} × {b - 1}."),
        (a * b + b, f"That is {a + 1} × {b}."),
        (a + b, "That is the sum."),
        rule="Use a product you know and go on from there.",
        hard=0.5 if min(a, b) > 5 else -0.4,
    )


def tables_match(r: Random) -> Draft:
    products = {a * b: f"{a} × {b}" for a, b in ((r.randint(2, 9), r.randint(3, 9)) for _ in range(7))}
    chosen = sorted(products)[:4]
    return match(
        r,
        f"Match each product with its result: {', '.join(map(str, chosen))}.",
        [(products[result], result) for result in chosen],
        rule="Say the table as far as you need.",
    )


def division_facts(r: Random) -> Draft:
    a, b = r.randint(3, 10), r.randint(3, 10)
    return ask(
        r,
        f"{a * b} ÷ {a} = ?",
        b,
        (b + 1, f"{a} × {b + 1} is too much."),
        (b - 1, f"{a} × {b - 1} is too little."),
        (a * b - a, "Divide, do not subtract."),
        rule="Ask: how often does it fit? Multiplication is the check.",
        hard=0.3 if min(a, b) > 5 else -0.3,
    )


def tens(r: Random) -> Draft:
    a, power = r.randint(12, 980), r.choice([10, 100, 1000])
    return ask(
        r,
        f"{a} × {power:,} = ?",
        a * power,
        (a * power // 10, "One zero is missing."),
        (a * power * 10, "One zero too many."),
        (a + power, "Multiply, do not add."),
        rule="Each factor ten moves all digits one place to the left.",
        hard=0.0 if a % 10 else 0.3,
    )


def tens_divide(r: Random) -> Draft:
    a, power = r.randint(2, 99), r.choice([10, 100])
    return ask(
        r,
        f"{a * power * 10:,} ÷ {power} = ?",
        a * 10,
        (a, "One zero too many was dropped."),
        (a * 100, "Drop as many zeros as the divisor has."),
        rule="Each division by ten moves all digits one place to the right.",
    )


def long_multiplication(r: Random) -> Draft:
    a, b = r.randint(23, 398), r.randint(12, 79)
    unshifted = a * (b // 10) + a * (b % 10)
    return ask(
        r,
        f"Multiply in writing: {a} × {b}",
        a * b,
        (unshifted, "The row of the tens starts one place further left."),
        (a * (b // 10) * 10, "The row of the ones is missing."),
        (a * b - 100, "Check what you carried."),
        rule="One row for each digit, each in its place, then add.",
        hard=0.3 if a > 99 else -0.2,
    )


def remainder(r: Random) -> Draft:
    b, q = r.randint(3, 9), r.randint(4, 12)
    rest = r.randint(1, b - 1)
    return fill(
        f"{b * q + rest} ÷ {b} = [1] remainder [2]",
        Blank(q, q - 1, "It fits once more."),
        Blank(rest, rest + b, "The remainder is smaller than the divisor."),
        rule="Take the largest multiple that fits; what is left is the remainder.",
    )


def remainder_context(r: Random) -> Draft:
    seats, groups = r.randint(4, 9), r.randint(5, 11)
    people = seats * groups + r.randint(1, seats - 1)
    return ask(
        r,
        f"{people} guests sit at tables for {seats}. How many tables are needed so that all can sit?",
        groups + 1,
        (groups, "The guests left over need a table too."),
        (people - seats, "Divide the guests among the tables."),
        rule="A remainder needs one more.",
        hard=0.5,
    )


def long_division(r: Random) -> Draft:
    b, q = r.randint(6, 24), r.randint(104, 480)
    return ask(
        r,
        f"Divide in writing: {b * q} ÷ {b}",
        q,
        (
            int(str(q).replace("0", "", 1)),
            "When nothing fits write a 0 before you bring down the next digit.",
        ),
        (q + 10, "Check the tens: multiply back."),
        (q - 1, "It fits once more."),
        rule="Divide, multiply, subtract, bring down; check by multiplying.",
        hard=0.4 if "0" in str(q) else 0.0,
    )


def order_plain(r: Random) -> Draft:
    a, b, c = r.randint(3, 20), r.randint(2, 9), r.randint(2, 9)
    return ask(
        r,
        f"{a} + {b} × {c} = ?",
        a + b * c,
        ((a + b) * c, "Multiplication comes before addition."),
        (a * b + c, "You multiplied the wrong pair."),
        rule="Brackets, powers, then × and ÷, then + and -.",
    )


def order_bracket(r: Random) -> Draft:
    a, b, c = r.randint(8, 20), r.randint(2, 7), r.randint(2, 6)
    return ask(
        r,
        f"({a} - {b}) × {c} + {b} = ?",
        (a - b) * c + b,
        (a - b * c + b, "Work out the bracket first."),
        ((a - b) * (c + b), "The addition comes last."),
        rule="Brackets first.",
        hard=0.3,
    )


def order_steps(r: Random) -> Draft:
    a, b, c, d = r.randint(70, 99), r.randint(2, 5), r.randint(2, 4), r.randint(3, 9)
    return arrange(
        r,
        f"{a} - {b} × ({c} + {d}): in which order are the steps done?",
        [
            f"{c} + {d} = {c + d}",
            f"{b} × {c + d} = {b * (c + d)}",
            f"{a} - {b * (c + d)} = {a - b * (c + d)}",
        ],
        rule="Brackets, then multiplication, then subtraction.",
        hard=-0.3,
    )


def word_one(r: Random) -> Draft:
    name, thing = r.choice(FRIENDS), r.choice(THINGS)
    a, b = r.randint(24, 80), r.randint(6, 19)
    if r.random() < 0.5:
        return ask(
            r,
            f"{name} has {a} {thing} and gives away {b}. How many are left?",
            a - b,
            (a + b, "Giving away makes it less."),
            (a - b + 10, "Check the tens."),
            rule="Picture what happens: does it become more or less?",
        )
    packs, each = r.randint(3, 9), r.randint(4, 9)
    return ask(
        r,
        f"{name} buys {packs} packs with {each} {thing} each. How many {thing} are these?",
        packs * each,
        (packs + each, "Each pack counts: multiply."),
        (packs * each - each, "One pack is missing."),
        rule="Equal groups are multiplied.",
        hard=0.2,
    )


def word_two(r: Random) -> Draft:
    name, thing = r.choice(FRIENDS), r.choice(THINGS)
    packs, each, given = r.randint(3, 8), r.randint(5, 9), r.randint(3, 12)
    return ask(
        r,
        f"{name} has {packs} boxes of {each} {thing} and gives {given} away. How many are left?",
        packs * each - given,
        (packs * each, "You stopped after the first step."),
        (packs * each + given, "Giving away makes it less."),
        (packs + each - given, "Boxes of the same size are multiplied."),
        rule="Find what is there first, then what changes.",
    )


def word_two_share(r: Random) -> Draft:
    people, each, own = r.randint(3, 8), r.randint(4, 9), r.randint(2, 8)
    total = people * each
    return ask(
        r,
        f"{people} friends share {total} {r.choice(THINGS)} equally. One of them had {own} before. "
        "How many has this one now?",
        each + own,
        (each, "You stopped after sharing."),
        (total + own, "Share first."),
        (abs(each - own), "They are added to those had before."),
        rule="First the share, then add what was there.",
        hard=0.3,
    )


def rounding(r: Random) -> Draft:
    number, to, name = r.randint(1050, 9940), *r.choice([(10, "ten"), (100, "hundred"), (1000, "thousand")])
    down = number // to * to
    right = down + to if number - down >= to / 2 else down
    other = down if right != down else down + to
    return ask(
        r,
        f"Round {number} to the nearest {name}.",
        right,
        (other, "5 and more goes up, less than 5 goes down."),
        (number // (to * 10) * to * 10, "That is one place too coarse."),
        rule="The digit after the place decides.",
        hard=0.3 if right // to % 10 == 0 else 0.0,
    )


def rounding_which(r: Random) -> Draft:
    hundred = r.randint(3, 95) * 100
    inside = [hundred - r.randint(11, 50), hundred + r.randint(1, 49)]
    outside = [hundred - r.randint(51, 90), hundred + r.randint(50, 90)]
    return several(
        r,
        f"Which numbers become {hundred} when rounded to the nearest hundred?",
        inside,
        [(outside[0], "This is nearer to the hundred below."), (outside[1], "From 50 on it goes up.")],
        rule="From 50 below to 49 above.",
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "NUM.COUNT.THOUSAND": (count_on, count_neighbours),
    "NUM.COUNT.STEPS": (count_steps, count_gap),
    "NUM.PLACE": (place_digit, place_compose),
    "NUM.COMPARE": (compare_order, compare_largest),
    "NUM.ROUND": (rounding, rounding, rounding_which),
    "NUM.ADD.MENTAL": (add_mental,),
    "NUM.SUB.MENTAL": (sub_mental,),
    "NUM.ADD.COLUMN": (add_column,),
    "NUM.SUB.COLUMN": (sub_column,),
    "NUM.MUL.TABLES": (tables, tables, tables_match),
    "NUM.DIV.TABLES": (division_facts,),
    "NUM.MUL.TENS": (tens, tens_divide),
    "NUM.MUL.LONG": (long_multiplication,),
    "NUM.DIV.REMAINDER": (remainder, remainder_context),
    "NUM.DIV.LONG": (long_division,),
    "NUM.ORDER": (order_plain, order_bracket, order_steps),
    "NUM.WORD.ONE": (word_one,),
    "NUM.WORD.TWO": (word_two, word_two_share),
}
