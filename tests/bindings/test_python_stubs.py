# SPDX-License-Identifier: Apache-2.0
"""The hand-written stubs are those of the module: no name more, no name less, the same parameters."""

import ast
import inspect
import re

import twinwire_package

import twinwire
from twinwire import _core

STUBS = ast.parse((twinwire_package.PACKAGE / "twinwire" / "_core.pyi").read_text(encoding="utf-8"))
CLASSES = {node.name: node for node in STUBS.body if isinstance(node, ast.ClassDef)}
#: What every object of Python has, or what a `with` or print() needs and the stubs inherit from object.
INHERITED = {"__init__", "__repr__", "__doc__", "__module__"} | (set(dir(object)) - {"__init__"})


def functions(body):
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def is_property(node):
    return any(isinstance(word, ast.Name) and word.id == "property" for word in node.decorator_list)


def members(kind):
    return {name for name in vars(kind) if name not in INHERITED and not name.startswith("_pybind11")}


def parameters_of_stub(node):
    names = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
    return [name for name in names if name != "self"]


def parameters_of_module(function):
    signature = re.match(r"\w+\((.*)\)(?: -> .*)?$", function.__doc__.splitlines()[0])[1]
    names = re.findall(r"(?:^|, )(\*{0,2}\w+): ", signature)
    return [name for name in names if name not in ("self", "*args") and not re.fullmatch(r"arg\d+", name)]


def test_every_class_and_function_has_a_stub():
    public = {name for name, value in vars(_core).items() if inspect.isclass(value) or inspect.isbuiltin(value)}
    assert public == set(CLASSES) | set(functions(STUBS.body))


def test_every_member_has_a_stub_of_its_kind():
    for name, node in CLASSES.items():
        stubs = functions(node.body)
        kind = getattr(_core, name)
        assert members(kind) == set(stubs) - {"__init__"}, name
        for member in members(kind):
            assert isinstance(vars(kind)[member], property) == is_property(stubs[member]), f"{name}.{member}"


def test_parameters_have_the_names_of_the_stubs():
    seen = 0
    for name, node in [("", STUBS), *CLASSES.items()]:
        owner = getattr(_core, name) if name else _core
        for member, stub in functions(node.body).items():
            if is_property(stub) or member in ("__exit__", "__bytes__", "__len__", "__bool__", "__enter__"):
                continue
            assert parameters_of_module(getattr(owner, member)) == parameters_of_stub(stub), f"{name}.{member}"
            seen += 1
    assert seen > 12


def test_every_public_name_is_documented():
    for name in twinwire.__all__:
        if name == "__version__":
            continue
        value = getattr(twinwire, name)
        assert value.__doc__, name
        if inspect.isclass(value) and value.__module__ == "twinwire._core":
            for member in members(value):
                if not member.startswith("__"):
                    assert getattr(value, member).__doc__.strip().splitlines()[-1], f"{name}.{member}"


def test_the_package_is_typed():
    assert (twinwire_package.PACKAGE / "twinwire" / "py.typed").exists()
