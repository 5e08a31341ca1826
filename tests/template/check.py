"""Everything that is asked of infra/template.yaml: run it from anywhere, it exits with 1 and says what is wrong.

    .venv/bin/python tests/template/check.py --binaries target/debug
"""

import argparse
import sys
from pathlib import Path

try:
    import binaries
    import checks
    import emulator
    import faults
    import patterns
    import roles
    import sam
except ModuleNotFoundError as missing:
    sys.exit(
        f"{missing.name} is not installed. From the root of the repository:\n"
        "  python3 -m venv .venv && .venv/bin/pip install -r tests/template/requirements.txt\n"
        "then run this with .venv/bin/python"
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binaries", type=Path, default=sam.ROOT / "target" / "debug", help="folder of a development build")
    folder = arguments.parse_args().binaries

    source = sam.read()
    template = sam.translate(source)
    # The checks follow references; what refers to nothing is the linter's to tell, and ends it.
    report({"cfn-lint": sam.lint(template)})
    called = binaries.of_all(folder)
    with emulator.running() as stand_in:
        found = {
            **checks.findings(template),
            "roles against triggers and programs": list(roles.findings(template, called)),
            "wildcards in policies": list(roles.wildcards(template)),
            "people's policies": list(roles.people(template, called["baton"])),
            "rules against events/": list(patterns.findings(template, stand_in)),
            "planted faults": list(faults.missed(source, stand_in, called)),
        }
    report(found)
    print(f"{len(checks.CHECKS) + 5} checks hold; {len(faults.FAULTS)} planted faults were each found by theirs")


def report(found):
    """Prints every finding under the title of its check, and ends the run if there is one."""
    for title, lines in found.items():
        for line in lines:
            print(f"{title}: {line}")
    if any(found.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
