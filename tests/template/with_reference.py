"""Runs a command beside ministack, so that the tests which can be put to an independent implementation of AWS are:

    .venv/bin/python tests/template/with_reference.py cargo test --workspace
"""

import os
import subprocess
import sys

import emulator


def main():
    with emulator.running() as stand_in:
        # The matcher of event patterns, and the store on a table of its own per test.
        here = {"MINISTACK_ENDPOINT": stand_in.endpoint, "STORE_TEST_ENDPOINT": stand_in.endpoint}
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | here, check=False).returncode)


if __name__ == "__main__":
    main()
