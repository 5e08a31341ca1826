"""Holds the invoices that Baton writes against the official rules, and the rules against invoices that are wrong.

    python3 -m venv .venv-einvoice && .venv-einvoice/bin/pip install --no-deps -r tests/einvoice/requirements.txt
    .venv-einvoice/bin/python tests/einvoice/judge.py --example target/debug/examples/invoices

The vectors and the cases of `cases.py` go through the example `invoices`. Zero findings pass: not one warning."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cases
import faults
import pdfs
import rules

ROOT = Path(__file__).resolve().parents[2]


def written(example, documents, folder):
    run = subprocess.run([example, "--out", folder], input=json.dumps({"vectors": documents}), text=True, capture_output=True)
    if run.returncode:
        sys.exit(f"the example ended with {run.returncode}:\n{run.stderr}")
    return json.loads(run.stdout)


def pages_show(path, document, totals):
    """Every total that a reader looks for stands on the pages."""
    shown = pdfs.text(path)
    amounts = [line["net"] for line in totals["lines"]] + [totals["net"], totals["due"]] + [group["tax"] for group in totals["vat"]]
    missing = [amount for amount in amounts if pdfs.figure(amount) not in shown]
    missing += [] if document["id"] in shown else [document["id"]]
    return [f"PDF: {amount} is not on the pages" for amount in missing]


def judged(folder, document, totals):
    found = []
    if totals != document["expected"]:
        found.append(f"totals: {totals} instead of {document['expected']}")
    base = folder / document["id"]
    xmls = {ending: base.with_name(f"{base.name}.{ending}.xml") for ending in ("cii", "ubl")}
    for ending, path in xmls.items():
        if path.exists() != document["en16931"]:
            found.append(f"{ending}: {'written' if path.exists() else 'missing'}, and EN 16931 says otherwise")
        elif path.exists():
            found += rules.findings(path.read_bytes())
    pdf = base.with_name(f"{base.name}.pdf")
    cii = xmls["cii"].read_bytes() if xmls["cii"].exists() else None
    found += pdfs.findings(pdf.read_bytes(), cii)
    found += pages_show(pdf, document, totals)
    return found


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--example", required=True, type=Path, help="the built example program `invoices`")
    asked.add_argument("--chance", type=int, default=40, help="how many documents by chance (default: %(default)s)")
    example = asked.parse_args()
    documents = json.loads((ROOT / "tests/vectors/invoice.json").read_text())["vectors"] + cases.all_cases(example.chance)
    wrong = []
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        totals = written(example.example, documents, first)
        for document in documents:
            wrong += [f"{document['id']}: {found}" for found in judged(Path(first), document, totals[document["id"]])]
        some = documents[:4]
        written(example.example, some, second)
        for path in sorted(Path(second).iterdir()):
            if pdfs.digest(path.read_bytes()) != pdfs.digest((Path(first) / path.name).read_bytes()):
                wrong.append(f"{path.name}: not the same bytes when written again")
        planted, unseen = faults.planted(Path(first))
        wrong += unseen
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(documents)} documents, no finding; {planted} planted faults, all found")


if __name__ == "__main__":
    main()
