"""What the official rules have against some files: `findings.py FILE.xml FILE.pdf …`. A PDF is held against the CII of its name,
and only what calls itself XRechnung against the rules of XRechnung."""

import sys
from pathlib import Path

import pdfs
import rules


def main():
    wrong = []
    for path in map(Path, sys.argv[1:]):
        if path.suffix == ".xml":
            xml = path.read_bytes()
            found = rules.findings(xml, xrechnung=b"xeinkauf.de:kosit:xrechnung" in xml)
        else:
            cii = path.with_suffix(".cii.xml")
            found = pdfs.findings(path.read_bytes(), cii.read_bytes() if cii.exists() else None)
        wrong += [f"{path.name}: {one}" for one in found]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(sys.argv) - 1} files, no finding")


if __name__ == "__main__":
    main()
