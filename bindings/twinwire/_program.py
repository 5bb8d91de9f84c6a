# SPDX-License-Identifier: Apache-2.0
"""The command `twinwire`: hands over to the program inside the package."""

import os
import pathlib
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Becomes the program, with the same arguments, descriptors and process id."""
    program = pathlib.Path(__file__).resolve().with_name("bin") / "twinwire"
    if not program.exists():  # in the build tree this file is a link to its source
        program = pathlib.Path(__file__).absolute().with_name("bin") / "twinwire"
    os.execv(program, ["twinwire", *sys.argv[1:]])


if __name__ == "__main__":
    main()
