# SPDX-License-Identifier: Apache-2.0
"""Devices that are written in Python: what Bench(device=...) takes."""

from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Literal, NamedTuple, Optional, Protocol, Tuple, Union

if TYPE_CHECKING:
    from twinwire._core import Frame

#: Whose wire.
Side = Literal["client", "server"]
#: What can be put on a wire: octets from the Ethernet header on.
Outgoing = Union["Frame", bytes, bytearray, memoryview]
#: None: nothing goes out. A frame: out on the other side. A pair: out on the side that it names. An iterable: several.
Answer = Union[None, Outgoing, Tuple[Side, Outgoing], Iterable[Union[Outgoing, Tuple[Side, Outgoing]]]]
OnFrame = Callable[[Side, "Frame"], Answer]


class HasOnFrame(Protocol):
    """The least that a device must have if it is no function."""

    def on_frame(self, side: Side, frame: "Frame") -> Answer: ...


#: What Bench(device=...) takes.
AnyDevice = Union[OnFrame, HasOnFrame]


class Middlebox:
    """All that a device in Python can have; inherit it, or write a class of your own with those of its names that you need.

        class Firewall(twinwire.Middlebox):
            def on_frame(self, side, frame):
                return None if frame.dport == 23 else frame

    Whatever a method raises ends the run: Bench.run, or whatever else was called, raises it with its own traceback.
    """

    #: Neighbor Discovery (RFC 4861), ARP and all else that is not IP pass by themselves. True: they come to on_frame
    #: like everything else, and are lost unless it returns them.
    every_frame: bool = False

    #: When on_time is to be called, in seconds on the bench's clock (that of Frame.at); None: not at all. Looked at
    #: after each call of a method of the device.
    deadline: Optional[float] = None

    def on_frame(self, side: Side, frame: "Frame") -> Answer:
        """A frame came in on the wire of `side`. Returns what goes out.

        None drops it. A Frame, or octets from the Ethernet header on, go out on the other side; a pair of a side and
        one of these on that side. An iterable of such, a generator too, puts out several in their order.
        """
        raise NotImplementedError

    def on_time(self, now: float) -> Answer:
        """The deadline has come: `now` is not before it. Returns pairs of a side and a frame, as on_frame does.

        It has to set `deadline` anew, to None if nothing is left to do.
        """
        raise NotImplementedError

    def forget(self, client: str, client_port: int, server: str, server_port: int) -> None:
        """`device forgets`: clear the state of one connection, named by addresses and ports as the client has them."""
        raise NotImplementedError

    def configure(self, settings: Dict[str, str]) -> None:
        """A change of the bench file was applied: what stands in its `model`."""
        raise NotImplementedError

    def counters(self) -> Dict[str, int]:
        """The device's own counters by name, for Bench.counters()."""
        raise NotImplementedError


class Hooks(NamedTuple):
    """What the compiled module calls; None for what the device has not."""

    name: str
    every_frame: bool
    on_frame: Callable[..., Any]
    on_time: Optional[Callable[..., Any]]
    forget: Optional[Callable[..., Any]]
    configure: Optional[Callable[..., Any]]
    counters: Optional[Callable[..., Any]]


def hooks(device: object) -> Hooks:
    """The hooks of what was given as a device. Raises TypeError if it is none."""
    if isinstance(device, type):
        raise TypeError(f"device is the class {device.__qualname__} itself; expected an object of it, {device.__qualname__}()")
    optional = [_method(device, name) for name in ("on_time", "forget", "configure", "counters")]
    on_frame = _method(device, "on_frame") or (device if callable(device) else None)
    if on_frame is None:
        raise TypeError(
            "device must be a callable on_frame(side, frame), or an object with a method on_frame(side, frame), "
            f"and not {type(device).__qualname__}"
        )
    name = getattr(device, "__qualname__", type(device).__qualname__)
    return Hooks(name, bool(getattr(device, "every_frame", False)), on_frame, *optional)


def _method(device: object, name: str) -> Optional[Callable[..., Any]]:
    """A method of the device's own; what it inherits from Middlebox and leaves as it is does not count."""
    method: Any = getattr(device, name, None)
    if method is None or getattr(method, "__func__", None) is vars(Middlebox)[name]:
        return None
    if not callable(method):
        raise TypeError(f"{name} of the device must be a method, and not {type(method).__qualname__}")
    return method
