"""Items on ratio, rates, proportion and percent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import gcd
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, ask, fill, match


def ratio(r: Random) -> Draft:
    a, b = r.choice([(1, 2), (2, 3), (3, 4), (2, 5), (3, 5), (4, 5), (5, 6), (3, 7), (5, 8)])
    k = r.randint(2, 9)
    return ask(
        r,
        f"Write the ratio {a * k} : {b * k} in lowest terms.",
        f"{a} : {b}",
        (f"{b} : {a}", "Keep the order."),
        (f"{a} : {b * k}", "Divide both numbers."),
        (f"{a} : {a + b}", "Do not compare with the whole."),
        rule="Divide both numbers by their greatest common divisor.",
        hard=0.06 * k - 0.3,
    )


def ratio_words(r: Random) -> Draft:
    a, b = r.randint(2, 9), r.randint(2, 9)
    g = gcd(a, b)
    k = r.randint(2, 4)
    return fill(
        f"A drink mixes {a * k} cups of juice with {b * k} cups of water. "
        "In lowest terms juice : water = [1] : [2].",
        Blank(a // g, b // g if a != b else 2, "Juice comes first."),
        Blank(b // g, (a + b) // g, "Compare with the water, not with all."),
        rule="Keep the order of the words.",
    )


def share(r: Random) -> Draft:
    a, b = r.choice([(1, 2), (2, 3), (3, 4), (1, 4), (2, 5), (3, 5), (4, 5), (3, 7)])
    k = r.randint(3, 15)
    return ask(
        r,
        f"{(a + b) * k} € are shared in the ratio {a} : {b}. How much is the smaller share?",
        a * k,
        (b * k, "That is the larger share."),
        (k, "That is one part."),
        ((a + b) * k // b, "Divide by the number of all parts."),
        rule="Find one part: divide by the sum of the ratio.",
        unit="€",
    )


def rate(r: Random) -> Draft:
    n, each = r.randint(3, 9), Decimal(r.randint(11, 49)) / 10
    what = r.choice(["kg of apples", "litres of juice", "metres of ribbon", "notebooks"])
    return ask(
        r,
        f"{n} {what} cost {each * n:.2f} €. What does one cost?",
        each,
        (each * n - n, "Divide by the number."),
        (each * 10, "Check the point."),
        rule="Divide the price by the amount.",
        unit="€",
    )


def better_buy(r: Random) -> Draft:
    a, b = r.sample([20, 24, 25, 28, 30, 32, 35, 40], 2)
    m, n = r.sample([3, 4, 5, 6, 8], 2)
    cheaper, other = (
        (f"{m} for {m * a} cents", f"{n} for {n * b} cents")
        if a < b
        else (f"{n} for {n * b} cents", f"{m} for {m * a} cents")
    )
    return fill(
        f"Pencils: {m} for {m * a} cents or {n} for {n * b} cents. The better price is [1]; "
        "one pencil then costs [2] cents.",
        Blank(
            cheaper, other, "Compare the price of one.", (f"{m} for {m * a} cents", f"{n} for {n * b} cents")
        ),
        Blank(min(a, b), max(a, b), "That is the dearer one."),
        rule="Compare the price of one piece.",
        hard=0.3,
    )


def direct(r: Random) -> Draft:
    a, each, b = r.randint(2, 6), r.randint(3, 12), r.randint(7, 15)
    return ask(
        r,
        f"{a} machines make {a * each} parts an hour. How many do {b} such machines make?",
        b * each,
        (a * each + b - a, "More machines multiply, they do not add."),
        (a * each * b, "Find what one machine makes."),
        (each, "That is one machine."),
        rule="First one, then as many as asked.",
    )


def direct_table(r: Random) -> Draft:
    k, a, b = r.randint(3, 9), r.randint(2, 5), r.randint(6, 12)
    return fill(
        f"x and y are proportional. For x = {a}, y = {a * k}. For x = {b}, y = [1]. The constant y/x is [2].",
        Blank(b * k, a * k + b - a, "Both are multiplied by the same number."),
        Blank(k, a * k - a, "Divide, do not subtract."),
        rule="y divided by x is always the same.",
    )


def inverse(r: Random) -> Draft:
    workers, others = r.choice([(2, 3), (3, 4), (4, 6), (3, 6), (6, 4), (4, 8), (5, 10), (6, 9), (8, 12)])
    days = others * r.randint(1, 4)
    total = workers * days
    return ask(
        r,
        f"{workers} workers need {days} days for a wall. "
        f"How many days do {others} workers need at the same pace?",
        total // others,
        (
            Decimal(days * others) / workers if days * others % workers == 0 else days * others,
            "More workers need less time.",
        ),
        (total, "That is one worker alone."),
        (days + workers - others if days + workers > others else days, "Think of the total work."),
        rule="The product of workers and days stays the same.",
        unit="days",
    )


def speed(r: Random) -> Draft:
    v, half = r.choice([12, 16, 40, 50, 60, 72, 80, 90, 100, 110]), r.randint(3, 9)
    t = Decimal(half) / 2
    if r.random() < 0.5:
        return ask(
            r,
            f"A train goes {v * half // 2 if v * half % 2 == 0 else v * t} km in {t} hours. "
            "What is its average speed?",
            v,
            (int(v * t * t), "Divide the distance by the time."),
            (v * half, "Divide, do not multiply."),
            rule="Speed is distance divided by time.",
            unit="km/h",
        )
    return ask(
        r,
        f"How far does a car go in {t} hours at {v} km/h?",
        v * t,
        (v / t if v % half == 0 else v + half, "Multiply speed and time."),
        (v * half, "Mind the half hours."),
        rule="Distance is speed times time.",
        unit="km",
    )


def scale(r: Random) -> Draft:
    n, cm = r.choice([10_000, 20_000, 25_000, 50_000, 100_000, 200_000]), r.randint(2, 12)
    km = Decimal(n * cm) / 100_000
    return ask(
        r,
        f"On a map with scale 1 : {n:,} two villages are {cm} cm apart. How many kilometres is that?",
        km,
        (km * 10, "100,000 cm are 1 km."),
        (km / 10, "100,000 cm are 1 km."),
        rule="Multiply by the scale, then change cm to km.",
        unit="km",
    )


PERCENTS = {
    "1/2": "50 %",
    "1/4": "25 %",
    "3/4": "75 %",
    "1/5": "20 %",
    "2/5": "40 %",
    "3/5": "60 %",
    "1/10": "10 %",
    "3/10": "30 %",
    "7/10": "70 %",
    "1/20": "5 %",
    "1/100": "1 %",
    "3/20": "15 %",
    "9/20": "45 %",
    "7/25": "28 %",
    "1": "100 %",
}


def percent_meaning(r: Random) -> Draft:
    p = r.choice([2, 3, 5, 7, 8, 12, 15, 30, 35, 45, 62, 75, 80, 99, 120])
    return ask(
        r,
        f"Write {p} % as a decimal.",
        Decimal(p) / 100,
        (Decimal(p) / 10, "Percent means hundredths."),
        (p, "Divide by 100."),
        rule="Percent means hundredths.",
        hard=0.3 if p < 10 or p > 100 else -0.2,
    )


def percent_match(r: Random) -> Draft:
    chosen = r.sample([*PERCENTS], 4)
    return match(
        r,
        f"Match fraction and percentage: {', '.join(chosen)}.",
        [(f, PERCENTS[f]) for f in chosen],
        rule="Expand to hundredths.",
    )


def percent_of(r: Random) -> Draft:
    p, whole = r.choice([5, 10, 15, 20, 25, 30, 40, 60, 75]), r.randint(2, 40) * 20
    return ask(
        r,
        f"How much is {p} % of {whole}?",
        whole * p // 100,
        (whole - whole * p // 100, "That is the rest."),
        (whole * p // 10, "Divide by 100."),
        (p, "p % is p only of 100."),
        rule="Find 1 % or 10 % first.",
        hard=-0.3 if p in (10, 25) else 0.2,
    )


def percent_what(r: Random) -> Draft:
    p, whole = r.choice([5, 10, 20, 25, 30, 40, 60, 75, 80]), r.choice([20, 40, 60, 80, 120, 200, 300, 500])
    part = whole * p // 100
    return ask(
        r,
        f"{part} of {whole} pupils come by bike. How many percent are these?",
        p,
        (part, "Only of 100 the number is the percentage."),
        (100 - p, "Those are the others."),
        (Decimal(p) / 10, "Multiply by 100."),
        rule="Divide part by whole; give hundredths.",
        unit="%",
    )


def percent_change(r: Random) -> Draft:
    p, whole = r.choice([5, 10, 20, 25, 30, 40]), r.randint(2, 20) * 20
    up = r.random() < 0.5
    change = whole * p // 100
    return ask(
        r,
        f"A price of {whole} € {'rises' if up else 'falls'} by {p} %. What is the new price?",
        whole + change if up else whole - change,
        (change, "That is the change only."),
        (whole + p if up else whole - p, "p % are not p euros."),
        (whole - change if up else whole + change, "The other way."),
        rule="Multiply by 1 plus or minus the percentage.",
        unit="€",
    )


def percent_reverse(r: Random) -> Draft:
    p, whole = r.choice([10, 20, 25, 40, 50]), r.randint(3, 20) * 20
    now = whole * (100 - p) // 100
    return ask(
        r,
        f"After a discount of {p} % a coat costs {now} €. What did it cost before?",
        whole,
        (now + now * p // 100, "The percentage belongs to the old price."),
        (now + p, "p % are not p euros."),
        (now, "That is the new price."),
        rule="The new price is 100 % minus the discount.",
        unit="€",
        hard=0.2,
    )


def interest(r: Random) -> Draft:
    capital, p, years = r.randint(2, 20) * 100, r.choice([2, 3, 4, 5]), r.randint(2, 5)
    return ask(
        r,
        f"{capital} € bring {p} % simple interest a year. How much interest is that in {years} years?",
        capital * p * years // 100,
        (capital * p // 100, "That is one year."),
        (capital + capital * p * years // 100, "That is capital and interest."),
        (capital * p * years // 10, "Divide by 100."),
        rule="Capital times rate times years.",
        unit="€",
    )


def compound(r: Random) -> Draft:
    capital, p = r.choice([100, 200, 400, 500, 800, 1000, 2000]), r.choice([2, 4, 5, 10, 20])
    q = 1 + Decimal(p) / 100
    return ask(
        r,
        f"{capital} € grow by {p} % a year, interest being added. How much is it after 2 years?",
        capital * q * q,
        (capital * (1 + 2 * Decimal(p) / 100), "Interest bears interest."),
        (capital * q, "That is one year."),
        (capital * q * q - capital, "That is the interest only."),
        rule="Multiply by the growth factor once for each year.",
        unit="€",
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "RAT.RATIO.SIMPLIFY": (ratio, ratio_words),
    "RAT.RATIO.SHARE": (share,),
    "RAT.RATE": (rate, better_buy),
    "RAT.PROP.DIRECT": (direct, direct_table),
    "RAT.PROP.INVERSE": (inverse,),
    "RAT.SPEED": (speed,),
    "RAT.SCALE": (scale,),
    "RAT.PERCENT.MEANING": (percent_meaning, percent_match),
    "RAT.PERCENT.OF": (percent_of,),
    "RAT.PERCENT.WHAT": (percent_what,),
    "RAT.PERCENT.CHANGE": (percent_change,),
    "RAT.PERCENT.REVERSE": (percent_reverse,),
    "RAT.PERCENT.INTEREST": (interest,),
    "RAT.PERCENT.COMPOUND": (compound,),
}
