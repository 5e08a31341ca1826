"""One invoice by three programs, in turns: wall, CPU, memory, and for Baton's the instructions and the function's zip.

    python3 tests/bench/invoice/run.py

It installs what it compares with (.venv-bench, node_modules), builds the release programs under target/bench, and ends with 1
where one of Baton's figures is over its bar.
"""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
VENV = ROOT / ".venv-bench"
BUILT = ROOT / "target" / "bench"
ROUNDS, FURTHER = 5, 20

# Baton's bars: instructions and resident MB of a process that makes one, CPU of each further one, the function's zip.
MOST_INSTRUCTIONS, MOST_MEMORY_MB, MOST_FURTHER_MS, MOST_ZIP_MB = 120e6, 64, 15, 14

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


def main():
    prepare()
    programs = {"Baton (typst, Factur-X)": baton, "WeasyPrint": weasyprint, "pdfkit (Node)": pdfkit}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        seen = in_turns(programs, folder)
        counted = instructions(folder)
    print(f"one page, {len(LINES)} lines, least of {ROUNDS} rounds")
    print(f"{'':26}{'wall':>10}{'CPU':>10}{'each further':>15}{'memory':>10}")
    for name, found in seen.items():
        wall, cpu, further = (min(found[of]) * 1000 for of in ("wall", "cpu", "further"))
        print(f"{name:26}{wall:>7.0f} ms{cpu:>7.0f} ms{further:>12.1f} ms{max(found['first']):>7.0f} MB")
    own = next(iter(seen.values()))
    bars = [
        ("memory of the first", max(own["first"]), MOST_MEMORY_MB, "MB"),
        (f"memory of {1 + FURTHER}", max(own["memory"]), MOST_MEMORY_MB, "MB"),
        ("CPU of each further", min(own["further"]) * 1000, MOST_FURTHER_MS, "ms"),
        ("zip of the function", zipped(BUILT / "release" / "invoice") / 1e6, MOST_ZIP_MB, "MB"),
    ]
    if counted:
        first, further = (count / 1e6 for count in counted)
        bars.insert(0, ("instructions of the first", first, MOST_INSTRUCTIONS / 1e6, "million"))
        print(f"\neach further: {further:.1f} million instructions")
    else:
        print("\ninstructions are not counted: valgrind is not installed")
    over = [what for what, is_, most, _ in bars if is_ > most]
    for what, is_, most, unit in bars:
        print(f"{what:26}{is_:>8.1f} of {most:g} {unit}{'  OVER ITS BAR' if is_ > most else ''}")
    sys.exit(1 if over else 0)


def prepare():
    """What is there is used again."""
    run = lambda *command: subprocess.run(command, check=True, cwd=ROOT)  # noqa: E731
    if not (VENV / "bin" / "python").exists():
        run(sys.executable, "-m", "venv", str(VENV))
    run(str(VENV / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "-r", str(HERE / "requirements.txt"))
    run("npm", "install", "--silent", "--no-package-lock", "--prefix", str(HERE))
    run(
        *("cargo", "build", "--release", "--locked", "--target-dir", str(BUILT)),
        *("-p", "einvoice", "--example", "invoices", "-p", "invoice", "--bin", "invoice"),
    )


def in_turns(programs, folder):
    seen = {name: {"wall": [], "cpu": [], "further": [], "first": [], "memory": []} for name in programs}
    for at in range(ROUNDS):
        for name, program in programs.items():
            out = folder / f"{at}-{name.split()[0]}"
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
            found["first"].append(memory)
            found["memory"].append(memory_of_many)
    return seen


def measured(command, stdin):
    """Wall and CPU seconds of one process, and its largest resident memory in MB."""
    # As a file: what is written to a pipe that nobody reads yet would hold this program up.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        given.write(stdin)
        given.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=given, stdout=said, stderr=complained)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        complained.seek(0)
        if status != 0:
            sys.exit(f"{command[0]} failed: {complained.read().decode(errors='replace')}")
        return said.read(), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def instructions(folder):
    """Of a whole process that makes one, and of each further one, by valgrind; nothing where it is not installed."""
    if not shutil.which("valgrind"):
        return None
    counts = []
    for count in (1, 1 + FURTHER):
        out = folder / f"counted-{count}"
        out.mkdir()
        command, stdin = baton(count, out)
        told = folder / f"counted-{count}.callgrind"
        counting = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={told}"]
        subprocess.run([*counting, *command], input=stdin, stdout=subprocess.DEVNULL, check=True)
        totals = [line for line in told.read_text("utf-8").splitlines() if line.startswith(("totals:", "summary:"))]
        counts.append(int(totals[-1].split()[1]))
    first, many = counts
    return first, (many - first) / FURTHER


def zipped(program):
    """Bytes of what is uploaded of a function: a zip with it alone."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(program, "bootstrap")
    return len(content.getvalue())


def baton(count, out):
    file = {"vectors": [vector(f"bench-{at}") for at in range(count)]}
    return [str(BUILT / "release" / "examples" / "invoices"), "--out", str(out)], json.dumps(file).encode()


def vector(identity):
    lines = [
        {"id": str(at), "name": name, "qty": quantity, "price": price, "cat": "S", "rate": rate}
        for at, (name, quantity, price, rate) in enumerate(LINES, 1)
    ]
    return {"id": identity, "currency": "EUR", "rounding": "half_up", "type": "invoice", "lines": lines}


def weasyprint(count, out):
    return [str(VENV / "bin" / "python"), str(HERE / "by_weasyprint.py"), str(out), str(count)], data()


def pdfkit(count, out):
    return ["node", str(HERE / "by_pdfkit.mjs"), str(out), str(count)], data()


def data():
    return json.dumps({"lines": LINES, "gross": GROSS}).encode()


if __name__ == "__main__":
    main()
