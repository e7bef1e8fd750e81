"""Items on shapes, angles, areas and measures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from app.operations.demo.drafts import Blank, Draft, Stem, arrange, ask, fill, match, pick, show

SHAPES = (
    ("triangle", "3 sides"),
    ("rectangle", "4 right angles, sides of two lengths"),
    ("square", "4 equal sides and 4 right angles"),
    ("rhombus", "4 equal sides, no right angle"),
    ("trapezium", "one pair of parallel sides"),
    ("pentagon", "5 sides"),
    ("hexagon", "6 sides"),
    ("octagon", "8 sides"),
    ("circle", "no corners"),
)
SOLIDS = {
    "cube": (6, 12, 8),
    "cuboid": (6, 12, 8),
    "square pyramid": (5, 8, 5),
    "triangular prism": (5, 9, 6),
    "tetrahedron": (4, 6, 4),
    "hexagonal prism": (8, 18, 12),
}


def shape_match(r: Random) -> Draft:
    chosen = r.sample(SHAPES, 4)
    return match(
        r,
        f"Match name and description: {', '.join(name for name, _ in chosen)}.",
        list(chosen),
        rule="Count the sides, look at the angles.",
        hard=-0.3,
    )


def solid(r: Random) -> Draft:
    name = r.choice([*SOLIDS])
    index = r.randrange(3)
    counts = SOLIDS[name]
    return ask(
        r,
        f"How many {('faces', 'edges', 'corners')[index]} has a {name}?",
        counts[index],
        (counts[index - 1], f"Those are the {('faces', 'edges', 'corners')[index - 1]}."),
        (counts[index - 2], f"Those are the {('faces', 'edges', 'corners')[index - 2]}."),
        rule="Faces are flat sides, edges where two meet.",
    )


def angle_type(r: Random) -> Draft:
    angle = r.choice([*range(12, 88, 3), 90, *range(96, 178, 3), 180, *range(190, 355, 9)])
    kinds = ["acute", "right", "obtuse", "straight", "reflex"]
    index = 0 if angle < 90 else 1 if angle == 90 else 2 if angle < 180 else 3 if angle == 180 else 4
    others = [(kind, "Compare with 90° and 180°.") for kind in kinds if kind != kinds[index]]
    return pick(
        r,
        f"What kind of angle has {angle}°?",
        kinds[index],
        *r.sample(others, 3),
        rule="Acute below 90°, obtuse to 180°, reflex beyond.",
    )


def angle_order(r: Random) -> Draft:
    acute, obtuse, reflex = r.randint(20, 80), r.randint(100, 170), r.randint(190, 350)
    return arrange(
        r,
        f"Order, smallest first: a straight angle, a right angle, {reflex}°, {acute}°, {obtuse}°.",
        [f"{acute}°", "a right angle", f"{obtuse}°", "a straight angle", f"{reflex}°"],
        rule="A right angle has 90°, a straight one 180°.",
        hard=0.2,
    )


def perimeter(r: Random) -> Draft:
    a, b = r.randint(3, 30), r.randint(3, 20)
    return ask(
        r,
        f"A rectangle is {a} cm long and {b} cm wide. What is its perimeter?",
        2 * (a + b),
        (a + b, "There are four sides."),
        (a * b, "That is the area."),
        (2 * a + b, "One side is missing."),
        rule="Go once around: add all sides.",
        unit="cm",
    )


def area(r: Random) -> Draft:
    a, b = r.randint(3, 15), r.randint(3, 12)
    return ask(
        r,
        f"A rectangle is {a} m long and {b} m wide. What is its area?",
        a * b,
        (2 * (a + b), "That is the perimeter."),
        (a + b, "Rows times columns."),
        (2 * a * b, "Do not double it."),
        rule="Length times width.",
        unit="m²",
    )


def area_side(r: Random) -> Draft:
    a, b = r.randint(3, 12), r.randint(3, 12)
    return ask(
        r,
        f"A rectangle with an area of {a * b} cm² is {a} cm long. How wide is it?",
        b,
        (a * b - a, "Divide by the length."),
        (a * b // 2 - a, "That would be for the perimeter."),
        rule="Divide the area by the length.",
        unit="cm",
        hard=0.3,
    )


def length(r: Random) -> Draft:
    big, small, factor = r.choice([("km", "m", 1000), ("m", "cm", 100), ("cm", "mm", 10), ("m", "mm", 1000)])
    n = Decimal(r.randint(11, 99)) / 10
    if r.random() < 0.5:
        return ask(
            r,
            f"{n} {big} = ? {small}",
            n * factor,
            (n * factor / 10, "One step too few."),
            (n / factor, "The smaller unit needs more."),
            (n * factor * 10, "One step too many."),
            rule="1 km = 1000 m, 1 m = 100 cm, 1 cm = 10 mm.",
            unit=small,
        )
    return ask(
        r,
        f"{show(n * factor)} {small} = ? {big}",
        n,
        (n * 10, "One step too few."),
        (n * factor * factor, "The larger unit needs fewer."),
        (n / 10, "One step too many."),
        rule="1 km = 1000 m, 1 m = 100 cm, 1 cm = 10 mm.",
        unit=big,
        hard=0.2,
    )


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24}:{minutes % 60:02}"


def interval(r: Random) -> Draft:
    start, lasts = r.randint(7 * 12, 17 * 12) * 5, r.randint(4, 40) * 5
    hundred = lasts + 40 if (start % 60) + lasts % 60 >= 60 else lasts + 60
    return ask(
        r,
        f"A film runs from {clock(start)} to {clock(start + lasts)}. How many minutes is that?",
        lasts,
        (hundred, "An hour has 60 minutes."),
        (abs(lasts - 60), "Count the hours again."),
        rule="Go to the full hour first.",
        unit="min",
        hard=0.3 if lasts > 90 else -0.2,
    )


def interval_end(r: Random) -> Draft:
    start, lasts = r.randint(7 * 12, 17 * 12) * 5, r.randint(5, 30) * 5
    return ask(
        r,
        f"A train leaves at {clock(start)} and takes {lasts} minutes. When does it arrive?",
        clock(start + lasts),
        (clock(start + lasts + 60), "One hour too many."),
        (clock(start + lasts - 20), "An hour has 60 minutes."),
        (clock(start - lasts), "It arrives later."),
        rule="Fill up to the full hour, then go on.",
    )


def money(r: Random) -> Draft:
    a, b = Decimal(r.randint(105, 799)) / 100, Decimal(r.randint(105, 799)) / 100
    paid = 20
    return ask(
        r,
        f"You buy things for {a:.2f} € and {b:.2f} € and pay with {paid} €. How much do you get back?",
        paid - a - b,
        (a + b, "That is the price."),
        (paid - a - b + 1, "Check the cents."),
        (paid - a, "Both have to be paid."),
        rule="Add the prices, then subtract.",
        unit="€",
        hard=0.4,
    )


def money_cents(r: Random) -> Draft:
    n, each = r.randint(2, 9), r.choice([15, 20, 25, 30, 45, 50, 60, 75, 80, 90])
    return ask(
        r,
        f"{n} pens cost {each} cents each. How much is that in euros?",
        Decimal(n * each) / 100,
        (n * each, "Those are cents."),
        (Decimal(n * each) / 10, "100 cents are one euro."),
        rule="100 cents are one euro.",
        unit="€",
        hard=-0.2,
    )


def angle_line(r: Random) -> Draft:
    whole, what = r.choice(
        [
            (180, "Two angles on a straight line"),
            (360, "Two angles around a point"),
            (90, "Two angles that make a right angle"),
        ]
    )
    a = r.randint(15, whole - 15)
    return ask(
        r,
        f"{what}: one has {a}°. How large is the other?",
        whole - a,
        (abs(360 - a) if whole == 180 else abs(180 - a), "Which angle do they make together?"),
        (a, "They need not be equal."),
        rule="On a line 180°, around a point 360°.",
        unit="°",
    )


def angle_opposite(r: Random) -> Draft:
    a = r.randint(15, 85)
    return fill(
        f"Two lines cross; one of the angles has {a}°. The angle opposite has [1]°, the one beside it [2]°.",
        Blank(a, 180 - a, "Opposite angles are equal."),
        Blank(180 - a, 90 - a, "Together they make a straight line."),
        rule="Opposite: equal. Beside: 180° together.",
        hard=0.2,
    )


def angle_triangle(r: Random) -> Draft:
    a, b = r.randint(20, 85), r.randint(20, 85)
    return ask(
        r,
        f"Two angles of a triangle have {a}° and {b}°. How large is the third?",
        180 - a - b,
        (360 - a - b, "The sum is 180°."),
        (a + b, "Subtract them from the sum."),
        (180 - a, "Both have to be subtracted."),
        rule="The angles of a triangle add up to 180°.",
        unit="°",
        hard=-0.2,
    )


def angle_isosceles(r: Random) -> Draft:
    base = r.randint(20, 80)
    return ask(
        r,
        f"An isosceles triangle has {180 - 2 * base}° at its tip. How large is each angle at the base?",
        base,
        (2 * base, "That is both together."),
        (180 - 2 * base, "That is the tip."),
        (180 - base, "Two angles share the rest."),
        rule="The angles at the base are equal.",
        unit="°",
        hard=0.3,
    )


def area_triangle(r: Random) -> Draft:
    g, h = r.randint(2, 12) * 2, r.randint(3, 15)
    return ask(
        r,
        f"A triangle has a base of {g} cm and a height of {h} cm. What is its area?",
        g * h // 2,
        (g * h, "That is the rectangle around it."),
        (g + h, "Multiply base and height."),
        (g * h * 2, "Halve it."),
        rule="Base times height, halved.",
        unit="cm²",
    )


def volume(r: Random) -> Draft:
    a, b, c = r.randint(2, 12), r.randint(2, 10), r.randint(2, 8)
    return ask(
        r,
        f"A box is {a} cm long, {b} cm wide and {c} cm high. What is its volume?",
        a * b * c,
        (a + b + c, "Multiply the edges."),
        (a * b, "That is the floor."),
        (2 * (a * b + b * c + a * c), "That is the surface."),
        rule="Length times width times height.",
        unit="cm³",
    )


def circle(r: Random) -> Draft:
    radius = r.randint(2, 15)
    pi = Decimal("3.14")
    around, inside = 2 * pi * radius, pi * radius * radius
    if r.random() < 0.5:
        return ask(
            r,
            f"A circle has a radius of {radius} cm. What is its circumference? Take π = 3.14.",
            around,
            (around / 2, "Use the diameter."),
            (inside, "That is the area."),
            rule="Circumference: 2πr.",
            unit="cm",
        )
    return ask(
        r,
        f"A circle has a radius of {radius} cm. What is its area? Take π = 3.14.",
        inside,
        (around, "That is the circumference."),
        (4 * inside, "Square the radius, not the diameter."),
        (pi * radius, "Square the radius."),
        rule="Area: πr².",
        unit="cm²",
        hard=0.3,
    )


TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29))


def pythagoras(r: Random) -> Draft:
    a, b, c = r.choice(TRIPLES)
    k = r.choice([1, 2, 3])
    a, b, c = a * k, b * k, c * k
    if r.random() < 0.5:
        return ask(
            r,
            f"The legs of a right triangle are {a} cm and {b} cm. How long is the hypotenuse?",
            c,
            (a + b, "Add the squares, then take the root."),
            (c * c, "Take the root."),
            (b - a, "Use the squares."),
            rule="a² + b² = c².",
            unit="cm",
            hard=0.1 * k - 0.2,
        )
    return ask(
        r,
        f"A right triangle has the hypotenuse {c} cm and one leg {a} cm. How long is the other leg?",
        b,
        (c - a, "Subtract the squares."),
        (b * b, "Take the root."),
        (c + a, "The leg is shorter than the hypotenuse."),
        rule="b² = c² - a².",
        unit="cm",
        hard=0.4,
    )


def similar(r: Random) -> Draft:
    a, b, k = r.randint(2, 9), r.randint(3, 12), r.choice([2, 3, 4, 5])
    return ask(
        r,
        f"Two triangles are similar. Sides of {a} cm and {b} cm in the first; "
        f"the side for {a} cm is {a * k} cm in the second. How long is the side for {b} cm?",
        b * k,
        (b + a * k - a, "Similar figures multiply, they do not add."),
        (b * k * k, "That factor is for areas."),
        rule="All lengths have the same factor.",
        unit="cm",
    )


def similar_area(r: Random) -> Draft:
    k, s = r.randint(2, 6), r.randint(3, 20)
    return ask(
        r,
        f"All sides of a figure of {s} cm² are multiplied by {k}. What is the new area?",
        s * k * k,
        (s * k, "Length and width both grow."),
        (s + k * k, "Multiply by the square of the factor."),
        (s * k**3, "That is for volumes."),
        rule="Areas grow with the square of the factor.",
        unit="cm²",
        hard=0.4,
    )


def trigonometry(r: Random) -> Draft:
    a, b, c = r.choice(TRIPLES)
    name, top, bottom = r.choice([("sin", a, c), ("cos", b, c), ("tan", a, b)])
    return ask(
        r,
        f"In a right triangle the leg opposite α is {a}, the other leg {b}, the hypotenuse {c}. "
        f"What is {name} α?",
        f"{top}/{bottom}",
        (f"{bottom}/{top}", "Turn the fraction over."),
        (f"{b if top == a else a}/{c}", "Which leg is opposite?"),
        (
            f"{a}/{b}" if name != "tan" else f"{a}/{c}",
            f"That is the {'tangent' if name != 'tan' else 'sine'}.",
        ),
        rule="sin: opposite/hypotenuse, cos: adjacent/hypotenuse, tan: opposite/adjacent.",
    )


def trigonometry_side(r: Random) -> Draft:
    c = r.randint(3, 20) * 2
    return ask(
        r,
        f"A ladder of {c} m leans at 30° to the ground. How high does it reach? (sin 30° = 0.5)",
        c // 2,
        (c * 2, "Multiply by the sine."),
        (c, "It does not stand upright."),
        rule="Height is length times sine.",
        unit="m",
        hard=0.2,
    )


STEMS: Mapping[str, tuple[Stem, ...]] = {
    "GEO.SHAPE": (shape_match, solid),
    "GEO.ANGLE.TYPE": (angle_type, angle_order),
    "GEO.PERIMETER": (perimeter,),
    "GEO.AREA.RECTANGLE": (area, area_side),
    "MEA.LENGTH": (length,),
    "MEA.TIME": (interval, interval_end),
    "MEA.MONEY": (money, money_cents),
    "GEO.ANGLE.LINE": (angle_line, angle_opposite),
    "GEO.ANGLE.TRIANGLE": (angle_triangle, angle_isosceles),
    "GEO.AREA.TRIANGLE": (area_triangle,),
    "GEO.VOLUME": (volume,),
    "GEO.CIRCLE": (circle,),
    "GEO.PYTHAGORAS": (pythagoras,),
    "GEO.SIMILAR": (similar, similar_area),
    "GEO.TRIGONOMETRY": (trigonometry, trigonometry_side),
}
