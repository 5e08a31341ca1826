"""Compares every rule with the examples in `events/`: an event reaches the function that `events/README.md` names, and no other.

The matching is ministack's TestEventPattern, so neither our own matcher nor the way the rules were written is asked.
"""

import json
import re

from sam import ROOT, of_type, referred

EVENTS = ROOT / "events"
ROW = re.compile(r"^\| `([A-Za-z_. ]+)` \| `([a-z_.]+)` \| [^|]+ \| ([a-z, -]+) \|", re.MULTILINE)

# What Baton's own names nearly are. Nothing may listen to the first three; the last is a tool's, whatever it looks like.
STRANGERS = [
    ("baton.effect", "mail.taken", set()),
    ("baton.fact", "case.closed", set()),
    ("baton.", "task.done", set()),
    ("batonic", "task.done", {"start-case", "advance-case"}),
]


def listeners():
    """Detail-type → (source, binaries of the functions that listen), as the table in `events/README.md` states it."""
    return {kind: (source, set(binaries.split(", "))) for kind, source, binaries in ROW.findall((EVENTS / "README.md").read_text("utf-8"))}


def examples():
    """Detail-type → envelope, from `events/<detail-type>.json`."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(EVENTS.glob("*.json"))}


def findings(template, emulator):
    stated = listeners()
    envelopes = examples()
    if not stated:
        yield "events/README.md has no table of the form | `event` | `source` | sent by | listened to by |"
    for kind in sorted(set(stated) ^ set(envelopes)):
        yield f"{kind} is in only one of events/README.md and events/{kind}.json"
    cases = []
    for kind, envelope in envelopes.items():
        if kind in stated:
            source, binaries = stated[kind]
            if (envelope["detail-type"], envelope["source"]) != (kind, source):
                yield f"events/{kind}.json is {envelope['detail-type']} of {envelope['source']}; the README says {source}"
            cases.append((kind, envelope, binaries))
    some = next(iter(envelopes.values()), {})
    for source, kind, wanted in STRANGERS:
        cases.append((f"{kind} of {source}", {**some, "source": source, "detail-type": kind}, wanted))
    yield from rules_against(template, emulator, cases)
    yield from archive_against(template, emulator, envelopes)


def rules_against(template, emulator, cases):
    rules = of_type(template, "AWS::Events::Rule")
    heard = set()
    for title, envelope, wanted in cases:
        reached = []
        for name, rule in rules.items():
            # What AWS itself tells comes on the default bus; everything else on ours.
            is_there = ("EventBusName" in rule) != envelope["source"].startswith("aws.")
            if is_there and matches(emulator, by_logical_id(rule["EventPattern"]), envelope):
                heard.add(name)
                reached.append(template["Resources"][referred(rule["Targets"][0]["Arn"])]["Metadata"]["BuildProperties"]["Binary"])
        if sorted(reached) != sorted(wanted):
            yield f"{title} reaches {reached or 'nothing'}, not {sorted(wanted) or 'nothing'}"
    for name in sorted(set(rules) - heard):
        yield f"{name} matches none of the examples in events/"


def by_logical_id(pattern):
    """The pattern with logical ids for references, as they are on one machine and in the examples."""
    if isinstance(pattern, dict):
        return pattern["Ref"] if set(pattern) == {"Ref"} else {key: by_logical_id(value) for key, value in pattern.items()}
    return [by_logical_id(one) for one in pattern] if isinstance(pattern, list) else pattern


def archive_against(template, emulator, envelopes):
    for name, archive in of_type(template, "AWS::Events::Archive").items():
        for kind, envelope in envelopes.items():
            kept = matches(emulator, archive["EventPattern"], envelope)
            if kept != (envelope["source"] != "baton.effect"):
                yield f"{name} {'keeps' if kept else 'drops'} {kind} of {envelope['source']}"


def matches(emulator, pattern, envelope):
    answer = emulator.client("events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(envelope))
    return answer["Result"]
