"""Drives a headless Chromium over its debugging pipe (Chrome DevTools Protocol): no library, no port, no display."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ANSWER_SECONDS = 30
TAB_KEY, ENTER_KEY = ("Tab", 9, ""), ("Enter", 13, "\r")


def find_chromium() -> str | None:
    """The browser's binary: MIZAN_CHROMIUM, else the PATH."""
    return os.environ.get("MIZAN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with one page. `complaints` are its console errors and policy violations."""

    def __init__(self, binary: str, profile: Path, *, language: str = "en-GB") -> None:
        to_browser, self._writing = os.pipe()
        self._reading, from_browser = os.pipe()
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            f"--accept-lang={language}",
            "about:blank",
        ]
        # The browser reads its descriptor 3 and writes its descriptor 4; the shell puts ours there.
        script = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(  # noqa: S603  # the browser that this machine's owner installed
            ["/bin/bash", "-c", script, binary, *options],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._ids, self._buffer, self._session = itertools.count(1), b"", ""
        self.complaints: list[str] = []
        self._attach()

    def close(self) -> None:
        try:
            self._call("Browser.close")
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._writing)
            os.close(self._reading)

    # -- what tests do ----------------------------------------------------------------------------------------------

    def resize(self, width: int, height: int = 900) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < height}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def open(self, url: str) -> None:
        """Answers once the new page is loaded: `Page.navigate` returns when it has taken the old one's place."""
        answer = self._call("Page.navigate", url=url)
        if "errorText" in answer:
            raise AssertionError(f"{url}: {answer['errorText']}")
        self.wait_for("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """A JavaScript expression's value. The page's own policy does not bind the debugger."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def wait_for(self, condition: str, timeout_seconds: float = 60) -> None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            try:
                if self.evaluate(condition):
                    return
            except (AssertionError, ProtocolError):
                pass  # between two pages there is nothing to ask
            time.sleep(0.05)
        raise AssertionError(f"waited {timeout_seconds} s in vain for {condition} on {self.evaluate('location.href')}")

    def press(self, key: tuple[str, int, str]) -> None:
        name, code, text = key
        common = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def screenshot(self, path: Path) -> None:
        image = self._call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(image))

    # -- the protocol -----------------------------------------------------------------------------------------------

    def _attach(self) -> None:
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            answer = self._read(deadline)
            if answer.get("id") == number:
                break
            self._note(answer)
        if "error" in answer:
            raise ProtocolError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise ProtocolError("the browser does not answer")
            chunk = os.read(self._reading, 1 << 20)
            if not chunk:
                raise ProtocolError("the browser ended")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def _note(self, message: dict[str, Any]) -> None:
        entry = message.get("params", {}).get("entry", {})
        is_icon = "favicon" in entry.get("url", "")
        if message.get("method") == "Log.entryAdded" and entry.get("level") == "error" and not is_icon:
            self.complaints.append(entry["text"])


class ProtocolError(Exception):
    """The browser refused or went away."""
