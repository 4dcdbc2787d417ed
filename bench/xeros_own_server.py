"""Xero's own MCP server, from npm into a folder of its own, with its hosts redirected.

Not a line of it is changed: Node loads a file of ours first, which sends what is meant for
Xero's hosts to the demo company instead.
"""

import json
import shutil
import subprocess
from pathlib import Path

PACKAGE = "@xeroapi/xero-mcp-server"
VERSION = "0.0.17"
INSTALL_SECONDS = 600
ASK_SECONDS = 30

REDIRECT = """\
const http = require("node:http");
const https = require("node:https");
const target = new URL(process.env.DEMO_COMPANY);
const hosts = new Set(["api.xero.com", "identity.xero.com", "login.xero.com"]);
https.request = function (...given) {
  const options = given[0];
  const host = options && (options.hostname || options.host);
  if (!hosts.has(host)) throw new Error("this measurement speaks to the demo company alone");
  const there = { ...options, protocol: "http:", hostname: target.hostname, port: target.port };
  delete there.host;
  delete there.agent;
  return http.request(there, ...given.slice(1));
};
https.get = function (...given) {
  const request = https.request(...given);
  request.end();
  return request;
};
"""


class XerosOwnServer:
    """Where it is installed, and how it is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._package = folder / "node_modules" / PACKAGE

    def install(self) -> None:
        """Take it from npm, unless it is there; none of its install scripts runs."""
        if self.version() == VERSION:
            return
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("This needs Node and npm: install them, then run it again.")
        self._folder.mkdir(parents=True, exist_ok=True)
        asked = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
        done = subprocess.run(
            [npm, *asked, str(self._folder), f"{PACKAGE}@{VERSION}"],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"npm could not install {PACKAGE}: {done.stderr[-500:]}")

    def version(self) -> str:
        """What is installed; empty where nothing is."""
        try:
            read = (self._package / "package.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        return str(json.loads(read)["version"])

    def command(self) -> list[str]:
        redirect = self._folder / "redirect.cjs"
        redirect.write_text(REDIRECT, encoding="utf-8")
        node = shutil.which("node") or "node"
        return [node, "--require", str(redirect), str(self._package / "dist" / "index.js")]

    @staticmethod
    def environment(demo_url: str, scopes: str) -> dict[str, str]:
        return {
            "DEMO_COMPANY": demo_url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
            "XERO_SCOPES": scopes,
        }

    @staticmethod
    def node_version() -> str:
        asked = [shutil.which("node") or "node", "--version"]
        return subprocess.run(
            asked, capture_output=True, text=True, timeout=ASK_SECONDS, check=True
        ).stdout.strip()
