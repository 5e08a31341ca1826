"""One invoice by three programs, in turns: wall, CPU, memory. Says what it measured and judges nothing."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
ROUNDS, FURTHER = 5, 20

# The lines and the totals that all three print; the example program computes its own and must come to the same.
LINES = [
    ("Concept and wireframes", "10", "85.00", "19"),
    ("Front end, start page and two templates", "24.5", "95.00", "19"),
    ("Checkout with card and invoice", "16", "110.00", "19"),
    ("Content, 12 pages", "12", "60.00", "7"),
    ("Photographs, edited", "30", "14.99", "7"),
    ("Accessibility review", "6.25", "120.00", "19"),
    ("Hosting, November 2026", "1", "49.00", "19"),
    ("Printed manual", "25", "8.40", "7"),
]
GROSS = "8302.72"


def vector(identity):
    lines = [
        {"id": str(at), "name": name, "qty": quantity, "price": price, "cat": "S", "rate": rate}
        for at, (name, quantity, price, rate) in enumerate(LINES, 1)
    ]
    return {"id": identity, "currency": "EUR", "rounding": "half_up", "type": "invoice", "lines": lines}


def measured(command, stdin):
    """Wall and CPU seconds of one process, and its largest resident memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(stdin)
    process.stdin.close()
    said = process.stdout.read()
    complained = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{command[0]} failed: {complained.decode(errors='replace')}")
    return said, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def baton(count, out):
    program = next(
        (
            path
            for path in (ROOT / "target/release/examples/invoices", ROOT / "target/debug/examples/invoices")
            if path.exists()
        ),
        None,
    )
    if program is None:
        sys.exit("build it first: cargo build --release -p einvoice --example invoices")
    file = {"vectors": [vector(f"bench-{at}") for at in range(count)]}
    return [str(program), "--out", str(out)], json.dumps(file).encode()


def weasyprint(count, out):
    return [sys.executable, str(HERE / "by_weasyprint.py"), str(out), str(count)], data()


def pdfkit(count, out):
    return ["node", str(HERE / "by_pdfkit.mjs"), str(out), str(count)], data()


def data():
    return json.dumps({"lines": LINES, "gross": GROSS}).encode()


def main():
    programs = {"Baton (typst, Factur-X)": baton, "WeasyPrint": weasyprint, "pdfkit (Node)": pdfkit}
    seen = {name: {"wall": [], "cpu": [], "further": [], "memory": []} for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        for at in range(ROUNDS):
            for name, program in programs.items():
                out = pathlib.Path(folder) / f"{at}-{name.split()[0]}"
                out.mkdir()
                said, wall, cpu, memory = measured(*program(1, out))
                if program is baton:
                    totals = next(iter(json.loads(said).values()))
                    assert totals["gross"] == GROSS, f"the totals are {totals['gross']}, the others print {GROSS}"
                pdfs = list(out.glob("*.pdf"))
                assert len(pdfs) == 1 and pdfs[0].read_bytes().startswith(b"%PDF"), f"{name} wrote {pdfs}"
                _, _, many, memory_of_many = measured(*program(1 + FURTHER, out))
                found = seen[name]
                found["wall"].append(wall)
                found["cpu"].append(cpu)
                found["further"].append((many - cpu) / FURTHER)
                found["memory"].append(max(memory, memory_of_many))
    release = (ROOT / "target/release/examples/invoices").exists()
    print(f"one page, {len(LINES)} lines, least of {ROUNDS} rounds; Baton's program is a {'release' if release else 'DEBUG'} build")
    print(f"{'':26}{'wall':>10}{'CPU':>10}{'each further':>15}{'memory':>10}")
    for name, found in seen.items():
        wall, cpu, further = (min(found[of]) * 1000 for of in ("wall", "cpu", "further"))
        print(f"{name:26}{wall:>7.0f} ms{cpu:>7.0f} ms{further:>12.1f} ms{max(found['memory']):>7.0f} MB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
