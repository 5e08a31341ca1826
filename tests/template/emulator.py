"""One ministack, an independent stand-in for AWS, on a free loopback port for as long as a test needs it."""

import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-central-1"
READY_WITHIN_SECONDS = 60


class Emulator:
    def __init__(self, endpoint, log):
        self.endpoint = endpoint
        self.log = log

    @functools.lru_cache(maxsize=None)
    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=90),
        )

    def get(self, path):
        with urllib.request.urlopen(self.endpoint + path, timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running(enforce_roles=False):
    """Starts the emulator in a folder of its own and stops it, and only it, at the end.

    With `enforce_roles` it refuses what a function's role does not allow, as AWS would.
    """
    with tempfile.TemporaryDirectory(prefix="baton-ministack-") as folder:
        log = Path(folder) / "ministack.log"
        port = free_port()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "TMPDIR": folder,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AWS_DEFAULT_REGION": REGION,
            "MINISTACK_REGION": REGION,
            # A function finds the emulator by this, as a deployed one finds AWS without it.
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AUTH": "true" if enforce_roles else "false",
        }
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"], cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            emulator = Emulator(f"http://127.0.0.1:{port}", log)
            wait_until_ready(process, emulator)
            yield emulator
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(process, emulator):
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, ValueError):
            emulator.get("/_ministack/health")
            return
        time.sleep(0.1)
    raise RuntimeError(f"ministack did not start:\n{emulator.log.read_text(errors='replace')}")
