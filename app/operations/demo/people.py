"""The people of the demo school, all invented: six classes of thirty, one teacher, one administrator."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DOMAIN = "demo.example"
LEARNERS_PER_CLASS = 30

FIRST_NAMES = """
Aaliyah Abel Adaeze Aiko Alma Amir Anouk Arjun Asha Astrid Ayla Baran Beatriz Bilal Bo Camila Chiara
Dalia Danilo Devi Diego Dilan Efua Eirik Elif Elio Emeka Esra Farah Felix Femi Finn Freya Gala Giulia
Hamza Hana Haruto Ida Ilias Imani Ingrid Isla Ismael Jada Jakub Jamila Jin Jonas Jun Kaia Kalani Kamal
Katya Keanu Kofi Lale Lars Leila Leon Lina Livia Luca Mahmoud Malik Mara Mateo Mei Mila Minh Nadia Naoki
Niko Noor Nuria Obi Oskar Paloma Pavel Priya Rafael Rania Ravi Rosa Ruben Sami Sana Sanjay Selma Sofia
Sven Tala Tariq Thea Tomas Uma Viktor Wanjiru Yara Yusuf Zainab Zoe
"""
LAST_NAMES = """
Abara Adeyemi Almeida Andersen Bakker Banerjee Baptiste Becker Bianchi Castro Chaudhry Chen Costa Demir
Diallo Dimitrov Dubois Eriksen Farouk Fernandes Fischer Gashi Gomez Gupta Haddad Hansen Horvat Ibrahim
Ito Ivanova Jansen Jovanovic Kamau Kaya Keller Khan Kim Kowalski Kruger Lam Larsen Lopez Mahlangu Marin
Martin Mbeki Meyer Moreau Morales Nakamura Ndiaye Nguyen Novak Okafor Olsen Omar Osei Park Patel Petrov
Popescu Rahman Ramos Rossi Sahin Said Santos Sato Schmidt Sharma Silva Singh Sokolov Suzuki Tanaka
Tesfaye Torres Toth Tran Varga Vidal Wagner Wang Weber Yamada Yildiz Zhang Zimmermann
"""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class DemoClass:
    name: str
    grade: int


@dataclass(frozen=True, slots=True)
class DemoLearner:
    """An account and the traits that drive the simulated answers; no model ever sees the traits.

    `ability` is in logits against the class; `learning_rate` in logits gained by a first answer to a skill;
    `memory_days` until a fresh gain is down to 37 %; `diligence` and `pace` are factors around 1 (a pace
    of 2 takes twice as long); `hurry` is the share of answers given without thinking; `away_days` says for
    how many days before the end nothing was practised.
    """

    account: Account
    class_index: int
    ability: float
    learning_rate: float
    memory_days: float
    diligence: float
    pace: float
    hurry: float
    away_days: int


CLASSES = (
    DemoClass("Mathematics 5a", 5),
    DemoClass("Mathematics 6b", 6),
    DemoClass("Mathematics 7a", 7),
    DemoClass("Mathematics 8c", 8),
    DemoClass("Mathematics 9b", 9),
    DemoClass("Mathematics 10a", 10),
)
TEACHER = Account("Miriam Okonkwo", f"teacher@{DOMAIN}")
ADMIN = Account("Jonas Lindqvist", f"admin@{DOMAIN}")


def draw_learners(r: Random) -> tuple[DemoLearner, ...]:
    """Thirty for each class, in the order of the classes; names differ."""
    names = [f"{first} {last}" for first in FIRST_NAMES.split() for last in LAST_NAMES.split()]
    drawn = r.sample(names, LEARNERS_PER_CLASS * len(CLASSES))
    return tuple(_learner(r, index, name) for index, name in enumerate(drawn))


def _learner(r: Random, index: int, name: str) -> DemoLearner:
    return DemoLearner(
        account=Account(name, f"learner{index + 1}@{DOMAIN}"),
        class_index=index // LEARNERS_PER_CLASS,
        ability=r.gauss(0.2, 0.9),
        learning_rate=r.lognormvariate(-1.3, 0.4),
        memory_days=r.lognormvariate(2.1, 0.4),
        diligence=min(1.6, r.lognormvariate(0.0, 0.35)),
        pace=r.lognormvariate(0.0, 0.3),
        hurry=r.uniform(0.1, 0.3) if r.random() < 0.08 else 0.01,
        away_days=r.randint(8, 25) if r.random() < 0.12 else 0,
    )
