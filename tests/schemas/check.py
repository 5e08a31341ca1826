"""Holds the editors' schemas against every file of the starter, by a validator that is not ours, and against seeded mistakes."""

import copy
import json
import pathlib
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARTER = ROOT / "infra" / "starter"


class Plain(yaml.SafeLoader):
    """YAML as editors read it: a date is a text, and so is `no`."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", yaml.resolver.re.compile("^(true|false)$"), list("tf"))


def read(path):
    return yaml.load(path.read_text("utf-8"), Plain)


def step(workflow, kind):
    return next(step for step in workflow["steps"] if step["do"] == kind)


# What is done to a good file, each a mistake that an editor must underline.
MISTAKES = [
    ("contract_to_kickoff", "an unknown key", lambda it: it.update(onwer="olga")),
    ("contract_to_kickoff", "no owner", lambda it: it.pop("owner")),
    ("contract_to_kickoff", "a version that is no number", lambda it: it.update(version="three")),
    ("contract_to_kickoff", "a kind that is none", lambda it: it.update(kind="operation")),
    ("contract_to_kickoff", "operations with an end", lambda it: it.update(ends_within="45 business days")),
    ("contract_to_kickoff", "no trigger", lambda it: it.pop("starts_on")),
    ("contract_to_kickoff", "no steps", lambda it: it.update(steps=[])),
    ("contract_to_kickoff", "plain days", lambda it: it["outcome"].update(target="3 days")),
    ("contract_to_kickoff", "a step of no kind", lambda it: it["steps"][0].update(do="projekt")),
    ("contract_to_kickoff", "a key of another kind", lambda it: step(it, "mail").update(question="Why?")),
    ("contract_to_kickoff", "a warning without a deadline", lambda it: step(it, "task").pop("within")),
    ("contract_to_kickoff", "a value that is read from nowhere", lambda it: it["data"].update(contract="contract_id")),
    ("contract_to_kickoff", "a limit that can not be lifted", lambda it: step(it, "approve")["choices"]["overload"].update(without=["skill"])),
    ("proposal", "a wait for ever", lambda it: step(it, "wait").pop("at_most")),
    ("proposal", "a wait with nowhere to go", lambda it: step(it, "wait").pop("if_late")),
    ("proposal", "a branch without otherwise", lambda it: step(it, "branch").pop("otherwise")),
    ("support_ticket", "a tracked task that nothing ends", lambda it: step(it, "task")["tracks"].pop("done")),
]


def findings():
    schema = json.loads((STARTER / "schemas" / "workflow.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted(STARTER.glob("workflows/*.yaml")) + sorted(STARTER.glob("projects/*.yaml"))
    good = {path.stem: read(path) for path in files}
    for path in files:
        for error in validator.iter_errors(good[path.stem]):
            yield f"{path.relative_to(STARTER)}: {'/'.join(map(str, error.path))}: {error.message}"
        if "schemas/workflow.schema.json" not in path.read_text("utf-8").splitlines()[-1]:
            yield f"{path.relative_to(STARTER)} does not tell an editor its schema in its last line"
    for name, mistake, make in MISTAKES:
        broken = copy.deepcopy(good[name])
        make(broken)
        if validator.is_valid(broken):
            yield f"{name} with {mistake} passes"


found = list(findings())
print("\n".join(found) or f"every file fits its schema; {len(MISTAKES)} mistakes do not")
sys.exit(bool(found))
