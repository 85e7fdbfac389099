"""The local ports, all on loopback."""

import os
import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


class PortTakenError(Exception):
    """Somebody else listens on a port that the platform needs; the message names the setting that moves it."""

    def __init__(self, port: int, what: str, setting: str) -> None:
        super().__init__(f"port {port} ({what}) is taken by another program: stop it, or set {setting} to a free port")


@dataclass(frozen=True)
class Ports:
    """`api` is the stable address people use; `engine` the AWS emulator behind it; `issuer` makes personal tokens."""

    api: int = 8080
    engine: int = 8070
    issuer: int = 8060

    @classmethod
    def from_environment(cls) -> "Ports":
        """The ports that MIZAN_API_PORT, MIZAN_ENGINE_PORT and MIZAN_ISSUER_PORT name, or the defaults."""
        return cls(
            api=int(os.environ.get("MIZAN_API_PORT", cls.api)),
            engine=int(os.environ.get("MIZAN_ENGINE_PORT", cls.engine)),
            issuer=int(os.environ.get("MIZAN_ISSUER_PORT", cls.issuer)),
        )

    @classmethod
    def free(cls) -> "Ports":
        """Ports that were free a moment ago, for tests."""
        with socket.socket() as one, socket.socket() as other, socket.socket() as third:
            for probe in (one, other, third):
                probe.bind((LOOPBACK, 0))
            return cls(*(probe.getsockname()[1] for probe in (one, other, third)))

    def refuse_taken(self) -> None:
        """Raise PortTakenError when one of them is in use."""
        for port, what, setting in (
            (self.api, "the API", "MIZAN_API_PORT"),
            (self.engine, "the local AWS engine", "MIZAN_ENGINE_PORT"),
            (self.issuer, "the local issuer of personal tokens", "MIZAN_ISSUER_PORT"),
        ):
            if not is_free(port):
                raise PortTakenError(port, what, setting)


def is_free(port: int) -> bool:
    """Whether this process could listen on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
