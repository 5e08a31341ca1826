"""What a function's code can call, read from the program that was linked for it.

The linker keeps only what `main` can reach, so the names of the SDK operations in a development build are an upper bound of what the
function asks of AWS, drawn up by the compiler and not by whoever wrote the role. It knows ELF and the names of Rust symbols.
"""

import re
import struct

from sam import ROOT

STORE = ROOT / "shared" / "store" / "src"

# A mangled Rust name holds each part of its path as its length and the part: `9operation8get_item`.
OPERATION = re.compile(rb"aws_sdk_(\w+?)9operation(\d+)(\w+)")


class Called:
    """Everything of interest that one program holds."""

    def __init__(self, operations, variables, indexes, writes):
        self.operations = operations  # {("dynamodb", "get_item"), …}
        self.variables = variables  # {"BATON_TABLE", …}
        self.indexes = indexes  # {"due", …}
        self.writes = writes  # {"put", "update", "delete", "check"}: the kinds of `store::Write` it builds


def read(path):
    names = symbol_names(path)
    if not names:
        raise ValueError(f"{path} holds no symbols; a development build is needed, not a stripped one")
    operations = set()
    for service, length, rest in OPERATION.findall(names):
        if b"11orchestrate" in rest:
            operations.add((service.decode(), rest[: int(length)].decode()))
    operations |= parameters(names)
    own = [symbol for symbol in names.split(b"\0") if part("store") in symbol]
    return Called(operations, variables(own), indexes(own), writes(own))


def of_all(folder):
    """Program → what it can call, for each folder of `functions/` and for the command, from the programs in `folder`."""
    names = [manifest.parent.name for manifest in sorted((ROOT / "functions").glob("*/Cargo.toml"))]
    found = {}
    for name in [*names, "baton"]:
        path = folder / name
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing; run `cargo build --workspace --bins` first")
        found[name] = read(path)
    return found


def symbol_names(path):
    """The string tables of an ELF file that its symbol tables refer to."""
    data = path.read_bytes()
    if data[:4] != b"\x7fELF" or data[4] != 2 or data[5] != 1:
        raise ValueError(f"{path} is not a 64-bit little-endian ELF program")
    table_at = struct.unpack_from("<Q", data, 40)[0]
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table_at + i * size) for i in range(count)]
    strings = b""
    for _, kind, _, _, _, _, link, _, _, _ in sections:
        if kind == 2:  # a symbol table; `link` is its string table
            offset, length = sections[link][4], sections[link][5]
            strings += data[offset : offset + length]
    return strings


def part(name):
    return f"{len(name)}{name}".encode()


def variables(symbols):
    """The variables that the program asks `store::Config` for by name."""
    source = (STORE / "config.rs").read_text("utf-8")
    accessors = dict(re.findall(r"pub fn (\w+)\(&self\) -> Result<&str, ConfigError> \{\s*needed\(&self\.\w+, (\w+),", source))
    constants = dict(re.findall(r'pub const (\w+): &str = "(BATON_\w+)";', source))
    if not accessors or not constants:
        raise ValueError("shared/store/src/config.rs has no accessors of the form `needed(&self.table, TABLE, …)`")
    return {
        constants[constant]
        for accessor, constant in accessors.items()
        if any(part("Config") + part(accessor) in symbol for symbol in symbols)
    }


def indexes(symbols):
    """The indexes that the program queries: those that a store function it holds names in its body."""
    names = dict(re.findall(r'pub const (\w+): Index = Index \{\s*name: "(\w+)"', (STORE / "keys.rs").read_text("utf-8")))
    if not names:
        raise ValueError("shared/store/src/keys.rs defines no index of the form `pub const DUE: Index = Index { name: …`")
    found = set()
    for path in STORE.rglob("*.rs"):
        text = path.read_text("utf-8").split("#[cfg(test)]")[0]
        for body in re.split(r"\n    (?=(?:pub |pub\(\w+\) )?(?:async )?fn )|\n(?=(?:pub |pub\(\w+\) )?(?:async )?fn )", text)[1:]:
            function = re.match(r"(?:pub |pub\(\w+\) )?(?:async )?fn (\w+)", body)[1]
            used = {names[constant] for constant in re.findall(r"keys::(\w+)", body) if constant in names}
            if used and any(part(path.stem) in symbol and part(function) in symbol for symbol in symbols):
                found |= used
    return found


def parameters(names):
    """The calls of Systems Manager, for which the store has a client of its own with a method for each."""
    methods = {"get": "get_parameter", "put": "put_parameter", "below": "get_parameters_by_path"}
    text = (STORE / "secrets" / "parameters.rs").read_text("utf-8")
    found = set()
    for method, operation in methods.items():
        if f"async fn {method}(" not in text:
            raise ValueError(f"shared/store/src/secrets/parameters.rs no longer has a method {method}")
        if part("Parameters") + part(method) in names:
            found.add(("ssm", operation))
    return found


def writes(symbols):
    """The kinds of write that the program builds. `Table::write` could carry out each; these it is ever given."""
    kinds = re.findall(r"pub fn (put|update|delete|check)\(", (STORE / "table" / "write.rs").read_text("utf-8"))
    if len(kinds) != 4:
        raise ValueError("shared/store/src/table/write.rs no longer has Write::put, update, delete and check")
    return {kind for kind in kinds if any(part("Write") + part(kind) in symbol for symbol in symbols)}
