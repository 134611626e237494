"""Prints a template as JSON, for the tests that compare it with the code.

    template.py FILE                what is written
    template.py FILE --transformed  what CloudFormation gets of it: roles, permissions, mappings
"""

import json
import os
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones."""


def construct(loader, tag, node):
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if tag == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", construct)


class Policies:
    """The names of AWS's own policies, which the transform looks up: none is named by our templates."""

    def load(self):
        return {}


def transformed(template):
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    from samtranslator.translator.transform import transform

    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if "CodeUri" in properties:
            properties["CodeUri"] = "s3://bucket/code.zip"
    return transform(template, {"Stage": "test"}, Policies())


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        read = yaml.load(file, Loader)
    json.dump(transformed(read) if "--transformed" in sys.argv else read, sys.stdout)
