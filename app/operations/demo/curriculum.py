"""The skills of the demo school: 120 of school mathematics, grades 3 to 10, with their prerequisites."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoSkill:
    """`grade` is the school year in which it is usually taught, 3 to 10; `prerequisites` are codes."""

    code: str
    name: str
    grade: int
    prerequisites: tuple[str, ...]


# code | name | grade | prerequisites; a skill stands after its prerequisites.
_TABLE = """
NUM.COUNT.THOUSAND | Counting on and back within 1,000 | 3 |
NUM.COUNT.STEPS | Counting in equal steps | 3 | NUM.COUNT.THOUSAND
NUM.PLACE | Place value to 10,000 | 3 | NUM.COUNT.THOUSAND
NUM.COMPARE | Comparing and ordering whole numbers | 3 | NUM.PLACE
NUM.ADD.MENTAL | Adding two-digit numbers mentally | 3 | NUM.COUNT.THOUSAND
NUM.SUB.MENTAL | Subtracting two-digit numbers mentally | 3 | NUM.ADD.MENTAL
NUM.ADD.COLUMN | Written addition with carrying | 3 | NUM.PLACE NUM.ADD.MENTAL
NUM.SUB.COLUMN | Written subtraction with exchange | 3 | NUM.PLACE NUM.SUB.MENTAL
NUM.MUL.TABLES | Multiplication tables | 3 | NUM.COUNT.STEPS
NUM.DIV.TABLES | Division facts | 3 | NUM.MUL.TABLES
NUM.WORD.ONE | One-step word problems | 3 | NUM.ADD.MENTAL NUM.SUB.MENTAL NUM.MUL.TABLES
GEO.SHAPE | Naming plane shapes and solids | 3 |
MEA.MONEY | Calculating with money | 3 | NUM.ADD.COLUMN
NUM.ROUND | Rounding whole numbers | 4 | NUM.PLACE
NUM.MUL.TENS | Multiplying by 10, 100 and 1,000 | 4 | NUM.PLACE NUM.MUL.TABLES
NUM.MUL.LONG | Written multiplication | 4 | NUM.MUL.TENS NUM.ADD.COLUMN
NUM.DIV.REMAINDER | Division with a remainder | 4 | NUM.DIV.TABLES
NUM.WORD.TWO | Two-step word problems | 4 | NUM.WORD.ONE NUM.DIV.TABLES
NUM.FRAC.PART | A fraction as part of a whole | 4 | NUM.DIV.TABLES
NUM.FRAC.EQUIV | Equivalent fractions | 4 | NUM.FRAC.PART NUM.MUL.TABLES
NUM.FRAC.ADDLIKE | Adding fractions with the same denominator | 4 | NUM.FRAC.PART
NUM.DEC.PLACE | Place value of decimals | 4 | NUM.PLACE NUM.FRAC.PART
NUM.DEC.COMPARE | Comparing and ordering decimals | 4 | NUM.DEC.PLACE NUM.COMPARE
ALG.PATTERN | Continuing number patterns | 4 | NUM.COUNT.STEPS NUM.MUL.TABLES
GEO.ANGLE.TYPE | Kinds of angles | 4 | GEO.SHAPE
GEO.PERIMETER | Perimeter | 4 | GEO.SHAPE NUM.ADD.MENTAL
GEO.AREA.RECTANGLE | Area of rectangles | 4 | GEO.PERIMETER NUM.MUL.TABLES
MEA.LENGTH | Converting lengths | 4 | NUM.MUL.TENS
MEA.TIME | Time intervals | 4 | NUM.SUB.MENTAL
STA.READ | Reading tables and charts | 4 | NUM.COMPARE
NUM.DIV.LONG | Long division | 5 | NUM.DIV.REMAINDER NUM.SUB.COLUMN NUM.MUL.LONG
NUM.ORDER | Order of operations | 5 | NUM.MUL.TABLES NUM.SUB.MENTAL
NUM.FACTOR.MULTIPLE | Factors and multiples | 5 | NUM.DIV.TABLES
NUM.FACTOR.RULES | Divisibility rules | 5 | NUM.FACTOR.MULTIPLE
NUM.FACTOR.PRIME | Prime numbers | 5 | NUM.FACTOR.MULTIPLE
NUM.FRAC.SIMPLIFY | Simplifying fractions | 5 | NUM.FRAC.EQUIV NUM.FACTOR.MULTIPLE
NUM.FRAC.COMPARE | Comparing fractions | 5 | NUM.FRAC.EQUIV NUM.COMPARE
NUM.FRAC.MIXED | Improper fractions and mixed numbers | 5 | NUM.FRAC.PART NUM.DIV.REMAINDER
NUM.FRAC.ADD | Adding fractions with different denominators | 5 | NUM.FRAC.ADDLIKE NUM.FRAC.EQUIV
NUM.FRAC.SUB | Subtracting fractions | 5 | NUM.FRAC.ADD
NUM.FRAC.OF | A fraction of a quantity | 5 | NUM.FRAC.PART NUM.DIV.TABLES
NUM.DEC.ROUND | Rounding decimals | 5 | NUM.DEC.PLACE NUM.ROUND
NUM.DEC.ADD | Adding and subtracting decimals | 5 | NUM.DEC.PLACE NUM.ADD.COLUMN NUM.SUB.COLUMN
NUM.DEC.TENS | Decimals times and divided by powers of ten | 5 | NUM.DEC.PLACE NUM.MUL.TENS
NUM.FACTOR.TREE | Prime factorisation | 6 | NUM.FACTOR.PRIME NUM.FACTOR.RULES
NUM.FACTOR.GCD | Greatest common divisor | 6 | NUM.FACTOR.MULTIPLE NUM.FACTOR.TREE
NUM.FACTOR.LCM | Least common multiple | 6 | NUM.FACTOR.MULTIPLE NUM.FACTOR.TREE
NUM.FRAC.MUL | Multiplying fractions | 6 | NUM.FRAC.SIMPLIFY NUM.FRAC.OF
NUM.FRAC.DIV | Dividing fractions | 6 | NUM.FRAC.MUL
NUM.DEC.MUL | Multiplying decimals | 6 | NUM.DEC.TENS NUM.MUL.LONG
NUM.DEC.DIV | Dividing decimals | 6 | NUM.DEC.TENS NUM.DIV.LONG
NUM.DEC.FRACTION | Fractions as decimals | 6 | NUM.DEC.PLACE NUM.FRAC.SIMPLIFY
NUM.INT.ORDER | Ordering integers | 6 | NUM.COMPARE
NUM.INT.ADD | Adding integers | 6 | NUM.INT.ORDER
NUM.INT.SUB | Subtracting integers | 6 | NUM.INT.ADD
RAT.RATIO.SIMPLIFY | Writing and simplifying ratios | 6 | NUM.FRAC.SIMPLIFY
RAT.RATE | Unit rates | 6 | RAT.RATIO.SIMPLIFY NUM.DEC.DIV
RAT.PERCENT.MEANING | Percent as parts of a hundred | 6 | NUM.DEC.FRACTION
RAT.PERCENT.OF | A percentage of a quantity | 6 | RAT.PERCENT.MEANING NUM.FRAC.OF
ALG.EXPR.WRITE | Writing expressions | 6 | NUM.ORDER
ALG.EXPR.VALUE | Evaluating expressions | 6 | ALG.EXPR.WRITE
ALG.EQ.ONE | One-step equations | 6 | ALG.EXPR.VALUE
POW.SQUARE | Squares and cubes | 6 | NUM.MUL.TABLES
FUN.COORDINATE | Coordinates in the plane | 6 | NUM.INT.ORDER
GEO.ANGLE.LINE | Angles on a line and around a point | 6 | GEO.ANGLE.TYPE NUM.SUB.COLUMN
GEO.AREA.TRIANGLE | Area of triangles | 6 | GEO.AREA.RECTANGLE
GEO.VOLUME | Volume of cuboids | 6 | GEO.AREA.RECTANGLE
STA.MEAN | Mean | 6 | STA.READ NUM.DIV.LONG
STA.MEDIAN | Median | 6 | STA.READ
STA.RANGE | Range and mode | 6 | STA.READ NUM.SUB.MENTAL
NUM.INT.MUL | Multiplying integers | 7 | NUM.INT.ADD NUM.MUL.TABLES
NUM.INT.DIV | Dividing integers | 7 | NUM.INT.MUL NUM.DIV.TABLES
RAT.RATIO.SHARE | Sharing in a ratio | 7 | RAT.RATIO.SIMPLIFY
RAT.PROP.DIRECT | Direct proportion | 7 | RAT.RATE
RAT.SPEED | Speed, distance and time | 7 | RAT.RATE MEA.TIME
RAT.SCALE | Maps and scale | 7 | RAT.PROP.DIRECT MEA.LENGTH
RAT.PERCENT.WHAT | One number as a percentage of another | 7 | RAT.PERCENT.OF
RAT.PERCENT.CHANGE | Percentage increase and decrease | 7 | RAT.PERCENT.OF
ALG.EXPR.LIKE | Collecting like terms | 7 | ALG.EXPR.WRITE NUM.INT.ADD
ALG.EXPR.EXPAND | Expanding a bracket | 7 | ALG.EXPR.LIKE NUM.INT.MUL
ALG.EQ.TWO | Two-step equations | 7 | ALG.EQ.ONE NUM.INT.SUB
ALG.INEQ.READ | Inequalities on the number line | 7 | NUM.INT.ORDER
FUN.RULE | Functions as rules and tables | 7 | ALG.EXPR.VALUE
GEO.ANGLE.TRIANGLE | Angles in triangles | 7 | GEO.ANGLE.LINE
PRO.SIMPLE | Probability of an event | 7 | NUM.FRAC.SIMPLIFY
RAT.PROP.INVERSE | Inverse proportion | 8 | RAT.PROP.DIRECT
RAT.PERCENT.INTEREST | Simple interest | 8 | RAT.PERCENT.OF
RAT.PERCENT.REVERSE | Finding the original amount | 8 | RAT.PERCENT.CHANGE ALG.EQ.ONE
ALG.SEQUENCE | The nth term of a linear sequence | 8 | ALG.PATTERN ALG.EXPR.VALUE
ALG.EXPR.FACTOR | Factoring out | 8 | ALG.EXPR.EXPAND NUM.FACTOR.GCD
ALG.EQ.BOTH | Equations with the unknown on both sides | 8 | ALG.EQ.TWO ALG.EXPR.LIKE
ALG.EQ.BRACKET | Equations with brackets | 8 | ALG.EQ.BOTH ALG.EXPR.EXPAND
ALG.EQ.WORD | Setting up equations | 8 | ALG.EQ.TWO NUM.WORD.TWO
ALG.INEQ.SOLVE | Solving linear inequalities | 8 | ALG.INEQ.READ ALG.EQ.TWO
POW.ROOT | Square roots | 8 | POW.SQUARE
POW.INDEX | Index laws | 8 | POW.SQUARE
ALG.EXPR.BINOMIAL | Multiplying two brackets | 8 | ALG.EXPR.EXPAND POW.INDEX
FUN.LINE.SLOPE | Slope of a line | 8 | FUN.COORDINATE NUM.INT.DIV
FUN.LINE.EQUATION | Equation of a line | 8 | FUN.LINE.SLOPE FUN.RULE
GEO.CIRCLE | Circumference and area of circles | 8 | POW.SQUARE NUM.DEC.MUL GEO.AREA.RECTANGLE
GEO.PYTHAGORAS | Pythagoras' theorem | 8 | POW.ROOT GEO.AREA.TRIANGLE
PRO.COMPLEMENT | Complementary events | 8 | PRO.SIMPLE RAT.PERCENT.MEANING
RAT.PERCENT.COMPOUND | Compound interest | 9 | RAT.PERCENT.INTEREST RAT.PERCENT.CHANGE POW.INDEX
ALG.EXPR.IDENTITY | Binomial identities | 9 | ALG.EXPR.BINOMIAL
ALG.EQ.FORMULA | Rearranging formulas | 9 | ALG.EQ.BOTH
ALG.INEQ.NEGATIVE | Inequalities with a negative factor | 9 | ALG.INEQ.SOLVE NUM.INT.DIV
ALG.SYSTEM | Pairs of linear equations | 9 | ALG.EQ.BRACKET FUN.LINE.EQUATION
ALG.QUAD.FACTOR | Factoring quadratics | 9 | ALG.EXPR.BINOMIAL ALG.EXPR.FACTOR
ALG.QUAD.SOLVE | Quadratic equations by factoring | 9 | ALG.QUAD.FACTOR ALG.EQ.TWO
POW.NEGATIVE | Zero and negative exponents | 9 | POW.INDEX NUM.FRAC.MUL
POW.STANDARD | Standard form | 9 | POW.NEGATIVE NUM.DEC.TENS
POW.SURD | Simplifying surds | 9 | POW.ROOT NUM.FACTOR.TREE
FUN.QUAD.SHAPE | Values and shape of a parabola | 9 | FUN.RULE POW.SQUARE NUM.INT.MUL
GEO.SIMILAR | Similar figures | 9 | RAT.PROP.DIRECT GEO.ANGLE.TRIANGLE
PRO.TWOSTEP | Two-step experiments | 9 | PRO.COMPLEMENT NUM.FRAC.MUL
ALG.QUAD.FORMULA | The quadratic formula | 10 | ALG.QUAD.SOLVE POW.ROOT
ALG.QUAD.COUNT | The number of solutions of a quadratic | 10 | ALG.QUAD.FORMULA
FUN.QUAD.VERTEX | Vertex form of a parabola | 10 | FUN.QUAD.SHAPE ALG.EXPR.IDENTITY
FUN.EXPONENTIAL | Exponential growth and decay | 10 | RAT.PERCENT.COMPOUND POW.NEGATIVE
GEO.TRIGONOMETRY | Sine, cosine and tangent | 10 | GEO.SIMILAR GEO.PYTHAGORAS
"""


def _read_skill(line: str) -> DemoSkill:
    code, name, grade, prerequisites = (part.strip() for part in line.split("|"))
    return DemoSkill(code, name, int(grade), tuple(prerequisites.split()))


CURRICULUM: tuple[DemoSkill, ...] = tuple(_read_skill(line) for line in _TABLE.strip().splitlines())
"""In an order of teaching: by grade, each skill after its prerequisites."""
