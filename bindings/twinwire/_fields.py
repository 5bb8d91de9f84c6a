# SPDX-License-Identifier: Apache-2.0
"""Types of what Frame.replace takes."""

from typing import TYPE_CHECKING, Literal, Optional, Sequence, Tuple, TypedDict, Union

if TYPE_CHECKING:
    from twinwire._core import TcpOption


class FrameFields(TypedDict, total=False):
    """Fields by the names of Frame's attributes."""

    src_mac: str
    dst_mac: str
    src: str
    dst: str
    ttl: int
    tos: int
    ipid: int
    df: bool
    flow_label: int
    sport: int
    dport: int
    seq: int
    ack: int
    flags: str
    flag_bits: int
    window: int
    urgent: int
    options: Union[bytes, Sequence[Union["TcpOption", Tuple[int, bytes]]]]
    mss: Optional[int]
    payload: Union[bytes, bytearray, memoryview]
    checksum: Union[int, Literal["right", "bad"]]
