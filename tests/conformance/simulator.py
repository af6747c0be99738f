"""The simulator as a program: found, started, steered through its controls, and stopped."""

from __future__ import annotations

import json
import os
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parents[2]


def program() -> Path:
    """`EXPRESS_SIMULATOR`, or what `cargo build -p express-simulator` makes."""
    named = os.environ.get("EXPRESS_SIMULATOR")
    found = Path(named) if named else _ROOT / "target/debug/express-simulator"
    if not found.is_file():
        advice = (
            "correct EXPRESS_SIMULATOR" if named else "run `cargo build -p express-simulator`, or set EXPRESS_SIMULATOR"
        )
        raise FileNotFoundError(f"there is no simulator at {found}: {advice}")
    return found


class Simulator:
    """One simulator on a free port of the loopback address. Its clock is moved by hand."""

    def __enter__(self) -> Simulator:
        command = [program(), "--listen", "127.0.0.1:0", "--manual-clock"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url.startswith("http://127.0.0.1:"):
            self.__exit__()
            raise RuntimeError(f"the simulator's first line is no address: {self.url!r}")
        self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        self._process.terminate()
        self._process.communicate(timeout=30)

    def advance(self, seconds: float) -> None:
        """Lets simulated time pass."""
        self._control("POST", "clock", {"advance_seconds": seconds})

    def switch(self, name: str, value: str) -> None:
        """Sets the answer to an open question, or a quirk."""
        self._control("POST", "switches", {name: value})

    def deny_role(self, role: str, *, seconds: int) -> None:
        """Makes a role as young as a role that nobody can assume yet."""
        self._control("POST", "faults", {"kind": "role-propagation", "role": role, "seconds": seconds})

    def read_stale(self, *, seconds: int) -> None:
        """Makes reads show what was true so many simulated seconds ago."""
        self._control("POST", "faults", {"kind": "stale-reads", "seconds": seconds})

    def disturb(self, operation: str, kind: str, *, times: int = 1, **more: str) -> None:
        """Makes the next calls of `operation` go wrong in the way `kind`."""
        self._control("POST", "faults", {"kind": kind, "operations": [operation], "count": times, **more})

    def state(self) -> dict[str, Any]:
        """The whole account in small."""
        return self._control("GET", "state")

    def journal(self) -> list[dict[str, Any]]:
        """Every call received, oldest first."""
        return self._control("GET", "journal")["entries"]

    def _control(self, method: str, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content)
        self._connection.request(method, f"/_simulator/{path}", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} /_simulator/{path} with {body}: HTTP {answer.status}, {text!r}")
        return json.loads(text) if text else None
