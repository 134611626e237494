"""Prints a template as JSON, for the tests that compare it with the code."""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones."""


def construct(loader, tag, node):
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", construct)

if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(yaml.load(file, Loader), sys.stdout)
