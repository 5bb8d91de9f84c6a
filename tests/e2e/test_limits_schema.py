# SPDX-License-Identifier: Apache-2.0
"""The objects that the unit tests of harness/limits pin are as the schema of result.json says, and altered ones are not."""

import copy
import json

import jsonschema
import pytest

from twinwire_program import SOURCE

SCHEMA = json.loads((SOURCE / "docs/result.schema.json").read_text(encoding="utf-8"))
STORED = (SOURCE / "tests/harness/limits/stored/limits.jsonl").read_text(encoding="utf-8").splitlines()
TWELVE_PACKETS, THREE_SECONDS, RACE, NOTHING_CONCLUSIVE = (json.loads(line) for line in STORED)


def validate(limits):
    schema = {"$ref": "#/definitions/limits", "definitions": SCHEMA["definitions"]}
    jsonschema.validate(limits, schema, cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("limits", [TWELVE_PACKETS, THREE_SECONDS, RACE, NOTHING_CONCLUSIVE])
def test_the_stored_limits_are_as_the_schema_says(limits):
    validate(limits)


def drop_limit(limits):
    del limits["limit"]


def limit_of_an_unclear_kind(limits):
    limits["kind"] = "unclear"


def unknown_outcome(limits):
    limits["lines"][0]["outcome"] = "lost"


def edge_without_failing_side(limits):
    del limits["lines"][0]["fails"]


def negative_span(limits):
    limits["lines"][0]["points"][0]["span"] = -1


def unknown_key(limits):
    limits["lines"][0]["points"][0]["colour"] = "red"


@pytest.mark.parametrize(
    "change",
    [drop_limit, limit_of_an_unclear_kind, unknown_outcome, edge_without_failing_side, negative_span, unknown_key],
)
def test_altered_limits_are_not_as_the_schema_says(change):
    limits = copy.deepcopy(TWELVE_PACKETS)
    change(limits)
    with pytest.raises(jsonschema.ValidationError):
        validate(limits)
