"""Runs another tool as its own documentation shows, with its default settings, in an environment of its own.

    peer.py dicognito IN OUT     peer.py deid IN OUT     peer.py presidio < lines > lines

The last line on standard error is how many seconds it took, its start left out.
"""

import json
import logging
import pathlib
import sys
import time
import warnings

import pydicom


def dicognito():
    from dicognito.anonymizer import Anonymizer

    return Anonymizer().anonymize


def deid():
    from deid.config import DeidRecipe
    from deid.dicom import replace_identifiers

    recipe = DeidRecipe()

    def anonymise(image):
        (done,) = replace_identifiers([image], deid=recipe, save=False)
        return done

    return anonymise


def folder(tool, source: pathlib.Path, target: pathlib.Path) -> float:
    """New files with the old one's names; none of those that the tool does not take."""
    began = time.perf_counter()
    for path in sorted(source.iterdir()):
        try:
            image = pydicom.dcmread(path)
            made = tool(image)
            (made or image).save_as(target / path.name)
        except Exception as error:  # noqa: BLE001 — whatever another tool dies of, it has not made that file
            print(f"{path.name}: {type(error).__name__}", file=sys.stderr)
    return time.perf_counter() - began


def presidio() -> float:
    """Its rules alone: the language model that finds names is in no package registry."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def load(self):
            self.nlp = {"en": spacy.blank("en")}

    engine = Blank()
    engine.load()
    analyser = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    analyser.analyze("", language="en")
    began = time.perf_counter()
    for line in sys.stdin:
        given = json.loads(line)
        found = analyser.analyze(given["text"], language="en")
        changes = [{"start": one.start, "end": one.end} for one in found]
        print(json.dumps({"id": given["id"], "changes": changes}))
    return time.perf_counter() - began


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    name, *folders = sys.argv[1:]
    if name == "presidio":
        seconds = presidio()
    else:
        seconds = folder({"dicognito": dicognito, "deid": deid}[name](), *map(pathlib.Path, folders))
    print(seconds, file=sys.stderr)


if __name__ == "__main__":
    main()
