# SPDX-License-Identifier: Apache-2.0
"""Loading scenarios, and settings as keyword arguments.

A setting's value becomes the text that `--set PATH=VALUE` would have; the loader reads it and knows what is right.
"""

import json
import os
from typing import Any, Dict, List, Union

from twinwire import _core
from twinwire._core import Scenario

Name = Union[str, "os.PathLike[str]"]


def toml_text(value: Any) -> str:
    """The text of a value as it stands behind `--set PATH=`; a string is taken as it is."""
    return value if isinstance(value, str) else _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inner(part)}" for key, part in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def dotted(settings: Dict[str, Any]) -> Dict[str, str]:
    """Keyword arguments as dotted paths: `client__mtu=590` is `client.mtu=590`."""
    return {path.replace("__", "."): toml_text(value) for path, value in settings.items()}


def load(*names: Name, **settings: Any) -> List[Scenario]:
    """Loads scenarios: every cell, which is a choice of matrix values for one address family, of what is named.

    A name is a file, a folder, or a path inside the catalogue without ".toml" ("tcp/reset/exact"). No names mean the
    whole catalogue.

    Settings are the paths of `--set`, with "__" for each dot: `client__mtu=590` puts 590 in the place of `client.mtu`
    in every file that is loaded. Paths as they are written can be given in a dict: `**{"client.mtu": 590}`. Units are
    those of the scenario file; durations are strings such as "200ms".

    Raises LoadError for a mistake in a file or a setting, and UsageError for a name that means nothing.
    Source: docs/ladder.md.
    """
    texts = dotted(settings)
    files = _core.find_files([os.fspath(name) for name in names])
    return [cell for file, root in files for cell in _core.load_file(file, root, texts)]


def catalogue() -> List[Scenario]:
    """All cells of the catalogue that is installed with twinwire, in the order of their files."""
    return load()


def benches() -> List[str]:
    """Names of the benches that are installed with twinwire, sorted."""
    return _core.built_in_benches()
