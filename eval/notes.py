"""Clinical notes: which identifiers are removed whole, and what is left alone."""

import json
import re
import subprocess
import time

from faker import Faker

from common import PROGRAM, Dice, share, table

# Locales of people's names, by how often they are taken.
LOCALES = {"en_US": 10, "en_GB": 3, "de_DE": 2, "fr_FR": 2, "es_ES": 2, "it_IT": 2, "en_IN": 2, "pl_PL": 1, "nl_NL": 1,
           "es_MX": 2, "vi_VN": 1}
WITH = """Pt is a 54yo male, {name}, MRN {id}, seen by Dr. {last} on {date} for chest pain.
{name} is a 67 year old woman with COPD and CHF admitted {date}.
Called {phone} and spoke with daughter {name}.
Mr. {last} underwent CABG in 2015. Follow up on {date}.
Electronically signed by {name}, MD on {date}
DOB: {date}  Phone: {phone}  Email: {email}
lives at {address} with wife {first}
Referred from {city} by Dr {name} re: palpitations
SSN {ssn}. Insurance policy # {id}.
{last}, {first} - MRN: {id} - 45F with RUQ pain
Patient Name: {name}; DOB: {date}; Acct: {id}
Discussed with {name} (attending), plan for MRI tomorrow.
{first} reports worsening dyspnea since {date}. {first} denies fever.
Seen at {city} General Hospital on {date}, transferred here.
pt {lower} called, wants refill of metformin, cb {phone}
hx per son {first}: found down on {date}
Dr. {last}'s note reviewed; pacemaker serial number {id}.
Sehr geehrter Herr {last}, Ihr Befund vom {date} liegt vor.
Paciente {name}, nacido el {date}, tel. {phone}.
Madame {last} a été vue le {date}.
Il signor {last} è stato ricoverato il {date}.
see {url} for records; fax {phone}
{name} was seen in clinic today for follow up of DM2. A1c 8.2.
cc: {name}, {name}""".splitlines()
WITHOUT = """48M with STEMI, door to balloon 62 min. EF 35%. Started on ticagrelor 90 mg BID. What would you do next?
Patient presented with Graves' disease. TSH 0.01, free T4 3.2. Started methimazole 10 mg TID.
Would you anticoagulate a 78 yo with AF, CHA2DS2-VASc 5, and prior GI bleed on apixaban 5 mg BID?
MRI brain shows 3 mm pituitary microadenoma. Prolactin 85. Cabergoline 0.25 mg twice weekly?
Echo: LVEF 25-30%, moderate MR, RVSP 48 mmHg. Holter with 12% PVC burden.
A 6-week-old with projectile vomiting, hypochloremic alkalosis. Pyloric ultrasound 4.5 mm.
Apgar 8/9, birth weight 3200 g, GBS negative, rupture of membranes 12 h.
Has anyone seen Kikuchi disease after COVID vaccination? Biopsy shows necrotizing lymphadenitis.
Cushing syndrome workup: 24h UFC 320, late-night salivary cortisol elevated x2. IPSS next?
Child-Pugh B, MELD 17. Ascites. Paracentesis SAAG 1.8. Start spironolactone 100 mg.
In Texas we see a lot of coccidioidomycosis. Any experience with isavuconazole in Canada or Mexico?
Takayasu vs giant cell arteritis in a 49 year old Asian woman. ESR 98.
Is Kaposi sarcoma plausible with CD4 of 420? HHV-8 PCR pending.
Foley out, voiding well. Penrose drain removed. JP 30 mL serosanguinous.
Barrett's esophagus with low grade dysplasia? Surveillance or RFA?
Whipple for ampullary adenoma, Clavien-Dindo IIIa leak, drain amylase 4,300.
Babinski upgoing on the left, Hoffmann positive. MRI C-spine 1.5 T shows cord signal change at C5/6.
Parkinson's disease, Hoehn and Yahr 3, on carbidopa/levodopa 25/100 five times daily.
Wells score 4.5, D-dimer 1,850 ng/mL. CTPA or V/Q in week 31 of pregnancy?
Mantoux 14 mm after BCG. IGRA negative. Isoniazid 300 mg for 9 months?""".splitlines()


class Writer:
    def __init__(self, dice: Dice) -> None:
        self.plain = dice.plain
        self.makers = {locale: Faker(locale) for locale in LOCALES}
        for maker in self.makers.values():
            maker.seed_instance(dice.plain.random())
        self.american = self.makers["en_US"]

    def somebody(self) -> Faker:
        return self.makers[self.plain.choices(list(LOCALES), LOCALES.values())[0]]

    def date(self) -> str:
        forms = ("%m/%d/%Y", "%-m/%-d/%y", "%B %-d, %Y", "%Y-%m-%d", "%d %b %Y", "%b %-d", "%-d.%-m.%Y", "%m-%d-%Y", "%d-%b-%y")
        return self.american.date_between("-80y", "today").strftime(self.plain.choice(forms))

    def value(self, kind: str) -> str:
        pick, american, somebody = self.plain.randint, self.american, self.somebody()
        numbers = (pick(201, 989), pick(200, 999), pick(1000, 9999))
        return {
            "name": lambda: f"{somebody.first_name()} {somebody.last_name()}",
            "first": somebody.first_name,
            "last": somebody.last_name,
            "lower": lambda: f"{somebody.first_name()} {somebody.last_name()}".lower(),
            "date": self.date,
            "phone": lambda: self.plain.choice(("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "+1 {} {} {}")).format(*numbers),
            "id": lambda: self.plain.choice((str(pick(10**6, 10**8)), f"{self.plain.choice('ABCDHXZ')}{pick(10**5, 10**8)}",
                                             f"{pick(100, 999)}-{pick(10, 99)}-{pick(1000, 9999)}")),
            "email": american.email,
            "address": lambda: f"{american.street_address()}, {american.city()}, {american.state_abbr()} {american.zipcode()}",
            "city": american.city,
            "ssn": american.ssn,
            "url": american.url,
        }[kind]()

    def note(self) -> tuple[str, list[tuple[str, int, int]]]:
        """A note, and where its identifiers stand."""
        text, found = "", []
        for part in re.split(r"(\{\w+\})", " ".join(self.plain.sample(WITH, 2))):
            kind = part[1:-1] if part.startswith("{") else None
            value = self.value(kind) if kind else part
            if kind:
                found.append((kind, len(text), len(text) + len(value)))
            text += value
        return text, found


def lines(texts: list[str]) -> str:
    return "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts))


class Score:
    """What of notes was removed and kept, by where changes were made."""

    def __init__(self) -> None:
        self.kinds, self.words, self.kept = {}, 0, 0

    def add(self, text: str, identifiers: list[tuple[str, int, int]], changes: list[dict]) -> None:
        gone = {at for change in changes for at in range(change["start"], change["end"])}
        inside = set()
        for kind, start, end in identifiers:
            inside.update(range(start, end))
            left = [at for at in range(start, end) if text[at].isalnum() and at not in gone]
            # The state of an address may stay.
            self.kinds.setdefault(kind, []).append(len(left) <= (2 if kind == "address" else 0))
        for word in re.finditer(r"\w+", text):
            if word.start() not in inside:
                self.words += 1
                self.kept += word.start() not in gone

    def removed(self) -> str:
        found = [one for kind in self.kinds.values() for one in kind]
        return share(sum(found), len(found))


# How often the notes are given over again, so that the program's start counts for little.
ROUNDS = 8


def evaluate(dice: Dice, count: int) -> None:
    writer = Writer(dice)
    notes = [writer.note() for _ in range(100 * count)]
    texts = [text for text, _ in notes] + WITHOUT
    began = time.perf_counter()
    done = subprocess.run([PROGRAM, "text"], input=lines(texts * ROUNDS), capture_output=True, text=True, check=True).stdout
    seconds = time.perf_counter() - began
    answers = [json.loads(line) for line in done.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(ROUNDS * len(texts)))

    score = Score()
    for (text, identifiers), answer in zip(notes, answers):
        score.add(text, identifiers, answer["changes"])
    untouched = sum(answer["text"] == text for text, answer in zip(WITHOUT, answers[len(notes):len(texts)]))
    table("Text", [
        ("identifiers removed whole", "97 %", score.removed()),
        ("words kept", "95 %", share(score.kept, score.words)),
        ("notes without identifiers left untouched", "95 %", share(untouched, len(WITHOUT))),
        ("characters a second, program's start included", "5 million", f"{ROUNDS * sum(map(len, texts)) / seconds / 1e6:.2f} million"),
        *((f"removed: {kind}", "", share(sum(found), len(found))) for kind, found in sorted(score.kinds.items())),
    ])
