# SPDX-License-Identifier: Apache-2.0
"""`python -m twinwire` is the command `twinwire`."""

from twinwire._program import main

main()
