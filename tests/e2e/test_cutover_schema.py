# SPDX-License-Identifier: Apache-2.0
"""The objects that the unit tests of harness/cutover pin are as the schema of result.json says, and altered ones are
not."""

import copy
import json

import jsonschema
import pytest

from twinwire_program import SOURCE

SCHEMA = json.loads((SOURCE / "docs/result.schema.json").read_text(encoding="utf-8"))
STORED = (SOURCE / "tests/harness/cutover/stored/cutover.jsonl").read_text(encoding="utf-8").splitlines()
WALKED_TOO, NOTHING_HELD, ALERTS_ON_A_SCALE = (json.loads(line) for line in STORED)


def validate(cutover):
    schema = {"$ref": "#/definitions/cutover", "definitions": SCHEMA["definitions"]}
    jsonschema.validate(cutover, schema, cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("cutover", [WALKED_TOO, NOTHING_HELD, ALERTS_ON_A_SCALE])
def test_the_stored_cutovers_are_as_the_schema_says(cutover):
    validate(cutover)


def drop_plan(cutover):
    del cutover["plan"]


def plan_where_nothing_is_held(cutover):
    cutover["kind"] = "nothing-held"


def unknown_outcome(cutover):
    cutover["measurement"][0]["outcome"] = "lost"


def breakage_without_its_end(cutover):
    del cutover["curves"][0]["last_breakage"]


def curve_of_an_unknown_count(cutover):
    cutover["curves"][0]["minutes"]["slow"] = [1]


def lowering_at_no_time(cutover):
    del cutover["population"]["policy"][1]["lowered_before"]


def kind_left_out(cutover):
    del cutover["population"]["kinds"]["psk"]


@pytest.mark.parametrize(
    "change",
    [
        drop_plan,
        plan_where_nothing_is_held,
        unknown_outcome,
        breakage_without_its_end,
        curve_of_an_unknown_count,
        lowering_at_no_time,
        kind_left_out,
    ],
)
def test_altered_cutovers_are_not_as_the_schema_says(change):
    cutover = copy.deepcopy(WALKED_TOO)
    change(cutover)
    with pytest.raises(jsonschema.ValidationError):
        validate(cutover)
