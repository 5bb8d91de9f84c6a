# SPDX-License-Identifier: Apache-2.0
"""How much memory is in use, said by glibc and the interpreter; the size of the process would hide what was given back."""

import ctypes
import gc
import sys

import pytest


class Mallinfo2(ctypes.Structure):
    """As <malloc.h> has it."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def in_use():
    """Octets that malloc has given to the main thread, and objects of Python."""
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        pytest.skip("glibc has no mallinfo2 here")
    mallinfo2.restype = Mallinfo2
    gc.collect()
    now = mallinfo2()
    return now.uordblks + now.hblkhd, sys.getallocatedblocks()
