"""Holds the editors' schemas against every file of the starter, by a validator that is not ours, and against seeded mistakes."""

import json
import pathlib
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARTER = ROOT / "infra" / "starter"

# Which schema belongs to which files.
KINDS = {
    "team": ["team.yaml"],
    "clients": ["clients.yaml"],
    "workflow": ["workflows/*.yaml", "projects/*.yaml"],
    "webhook": ["webhooks/*.yaml"],
    "checklist": ["checklists/*.yaml"],
}
# Each is one change to one file of the starter. The loader is held to the same list by tests/tests/schemas.rs.
EDITS = json.loads((pathlib.Path(__file__).parent / "edits.json").read_text("utf-8"))


class Plain(yaml.SafeLoader):
    """YAML as editors read it: a date is a text, and so is `no`."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", yaml.resolver.re.compile("^(true|false)$"), list("tf"))


def read(text):
    return yaml.load(text, Plain)


def validators():
    for kind, patterns in KINDS.items():
        schema = json.loads((STARTER / "schemas" / f"{kind}.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        for pattern in patterns:
            for path in STARTER.glob(pattern):
                yield path.relative_to(STARTER).as_posix(), kind, jsonschema.Draft202012Validator(schema)


def findings():
    known = {name: (kind, validator) for name, kind, validator in validators()}
    for name in sorted(path.relative_to(STARTER).as_posix() for path in STARTER.rglob("*.yaml")):
        if name not in known:
            yield f"{name} has no schema"
            continue
        kind, validator = known[name]
        text = (STARTER / name).read_text("utf-8")
        for error in validator.iter_errors(read(text)):
            yield f"{name}: {'/'.join(map(str, error.path))}: {error.message}"
        up = "../" * name.count("/")
        if text.splitlines()[-1] != f"# yaml-language-server: $schema={up}schemas/{kind}.schema.json":
            yield f"{name} does not tell an editor its schema in its last line"
    for wanted in ("mistakes", "fine"):
        for edit in EDITS[wanted]:
            text = (STARTER / edit["file"]).read_text("utf-8")
            edited = text.replace(edit["find"], edit["put"], 1)
            what = f"{edit['file']} with {edit['is']}"
            if edited == text:
                yield f"{what}: there is no {edit['find']!r}"
                continue
            errors = list(known[edit["file"]][1].iter_errors(read(edited)))
            if wanted == "mistakes" and not errors:
                yield f"{what} passes"
            if wanted == "fine" and errors:
                yield f"{what}: {errors[0].message}"
    for kind in KINDS:
        if not any(known[edit["file"]][0] == kind for edit in EDITS["mistakes"]):
            yield f"no mistake is tried on {kind}.schema.json"


found = list(findings())
print("\n".join(found) or f"every file fits its schema; {len(EDITS['mistakes'])} mistakes do not, {len(EDITS['fine'])} other ways do")
sys.exit(bool(found))
