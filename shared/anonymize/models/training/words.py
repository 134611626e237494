"""What is written on the pictures that the network learns from: none of the words of the evaluation."""

import random
import string

SYLLABLES = ["ma", "ri", "jo", "han", "son", "ber", "ta", "lo", "ker", "schmi", "dt", "gar", "cia", "lee", "chen", "wa", "tson", "ber", "nard", "el", "o", "pe", "tro", "vi", "ch",
             "al", "ex", "an", "der", "th", "om", "as", "no", "va", "k", "ü", "ö", "é", "ñ", "ß", "an", "na", "ro", "dri", "guez", "kim", "ha", "ssan", "oko", "mc", "ney", "st"]
TERMS = ["HOSPITAL", "CLINIC", "Radiology", "CHEST PA", "ABD", "LAT", "SUPINE", "PORTABLE", "Name", "Patient", "DOB", "MRN", "Exam", "Study", "Date", "Time", "Accession", "Dr.", "M.D.", "Sex",
         "Age", "kV", "mAs", "WL", "WW", "TE", "TR", "FOV", "mm", "cm", "Hz", "dB", "MI", "TIs", "Frame", "Zoom", "Series", "Image", "Thk", "Loc", "BPM", "Klinikum", "Hôpital", "geb.", "Paz.",
         "R", "L", "A", "P", "H", "F", "RT", "LT", "ID", "No", "Tel", "Ward", "Room", "SID", "HR", "Gain", "Depth", "Ref", "Pos", "left", "right", "knee", "hand", "of", "the", "and"]
OTHERS = ["Иванов Пётр", "Ελένη Παππά", "Больница № 4", "Αθήνα", "Ковальчук", "Łódź Szpital", "Ağrı Şükrü", "Đặng Nguyễn"]


def words(plain: random.Random) -> str:
    kind = plain.random()
    if kind < .3:
        name = ["".join(plain.choices(SYLLABLES, k=plain.randint(1, 4))) for _ in range(plain.randint(1, 3))]
        name = [part.capitalize() if plain.random() < .6 else part.upper() if plain.random() < .7 else part for part in name]
        return plain.choice([" ", "^", ", ", " "]).join(name)
    if kind < .5:
        style = plain.choice(["{d:02}/{m:02}/{y}", "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}", "{y}{m:02}{d:02}", "{d} {n} {y}", "{H:02}:{M:02}:{S:02}", "{y}-{m:02}-{d:02} {H:02}:{M:02}", "{m}/{d}/{s:02}"])
        return style.format(d=plain.randint(1, 28), m=plain.randint(1, 12), y=plain.randint(1920, 2026), n=plain.choice(["Jan", "MAR", "Oct", "Mai"]), H=plain.randint(0, 23), M=plain.randint(0, 59),
                            S=plain.randint(0, 59), s=plain.randint(0, 99))
    if kind < .65:
        letters = plain.choice([string.digits, string.digits, string.digits + string.ascii_uppercase + "-", string.digits + ".-/:#"])
        return "".join(plain.choices(letters, k=plain.randint(1, 12)))
    if kind < .76:
        if plain.random() < .4:
            return plain.choice(string.ascii_uppercase + string.digits)
        return plain.choice(["L", "R", "A", "P", "S", "I", "H", "F", "AP", "PA", "LL", "RL", "RCC", "LMLO", "7", "12", "M", "W", "X", "L", "R", "L", "R"])
    if kind < .79:
        return plain.choice(OTHERS)
    parts = []
    for _ in range(plain.randint(1, 4)):
        pick = plain.random()
        parts.append(plain.choice(TERMS) if pick < .5 else str(plain.randint(0, 9999)) if pick < .75 else "".join(plain.choices(SYLLABLES, k=plain.randint(1, 3))))
    return plain.choice([" ", ": ", " ", "  ", "="]).join(parts)
