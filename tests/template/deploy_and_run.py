"""Deploys the template with the real programs to a stand-in for AWS, each function under its own role, and lets the demonstration's
events carry a contract to its invoice. Run it from anywhere:

    .venv/bin/python tests/template/deploy_and_run.py --binaries target/debug
"""

import argparse
import copy
import json
import os
import subprocess
import sys
import time
from pathlib import Path

try:
    import deploy
    import emulator
    import roles
    import sam
except ModuleNotFoundError as missing:
    sys.exit(
        f"{missing.name} is not installed. From the root of the repository:\n"
        "  python3 -m venv .venv && .venv/bin/pip install -r tests/template/requirements.txt\n"
        "then run this with .venv/bin/python"
    )

SENDER = "baton@studio.example"
EVENTS = sam.ROOT / "events" / "demo"
STARTER = sam.ROOT / "infra" / "starter"
# Each step of the demonstration takes about a second; the bound only has to be longer than a busy machine is slow.
STEP_WITHIN_SECONDS = 60


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binaries", type=Path, default=sam.ROOT / "target" / "debug", help="folder of a build")
    folder = arguments.parse_args().binaries.resolve()
    began = time.monotonic()
    with emulator.running(enforce_roles=True) as stand_in:
        outputs = deploy.stack(
            stand_in,
            without_what_it_cannot_judge(sam.read()),
            lambda binary: (folder / binary).read_bytes(),
            {"Sender": SENDER, "Architecture": "x86_64"},
        )
        stand_in.client("ses").verify_email_identity(EmailAddress=SENDER)
        run = Run(stand_in, outputs, folder / "baton")
        try:
            # As the README says after the first deploy; without it, what carries a link stays owed.
            run.baton("secret", "set", "links", "--generate")
            run.baton("apply", STARTER)
            for path in sorted(EVENTS.glob("*.json")):
                run.wait_until(f"{path.name} has something to report to", lambda path=path: run.is_awaited(path))
                run.baton("send", path)
            run.wait_until("the client has its invoice", run.invoice_is_mailed)
            run.wait_until("nothing is owed any more", lambda: not run.owed())
            complaints = list(run.complaints())
        except (RuntimeError, subprocess.CalledProcessError) as error:
            sys.exit(f"{error}\n{run.what_happened()}")
        if complaints:
            sys.exit("\n".join([*complaints, run.what_happened()]))
        print(f"{run.summary()}, in {time.monotonic() - began:.0f} s")


def without_what_it_cannot_judge(source):
    """The emulator knows neither the identity nor the sender of a mail when it judges, and would refuse every one.

    `roles.py` holds that statement to what it must be; whether a role may send mail at all is still judged.
    """
    judged = copy.deepcopy(source)
    for _, statement in roles.all_statements(judged):
        if statement["Action"] == "ses:SendRawEmail":
            statement["Resource"] = "*"
            del statement["Condition"]
    return judged


class Run:
    """One deployed stack, driven by an operator who has no more than the two policies of its outputs."""

    def __init__(self, stand_in, outputs, command):
        self.emulator = stand_in
        self.outputs = outputs
        self.command = command
        self.operator = self.sign_in()

    def sign_in(self):
        iam = self.emulator.client("iam")
        iam.create_user(UserName="operator")
        for policy in ("ReaderPolicyArn", "OperatorPolicyArn"):
            iam.attach_user_policy(UserName="operator", PolicyArn=self.outputs[policy])
        key = iam.create_access_key(UserName="operator")["AccessKey"]
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_REGION": emulator.REGION,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def baton(self, *words):
        arguments = [self.command, *words, "--stack", deploy.STACK]
        done = subprocess.run(arguments, env=self.operator, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"baton {' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")

    def rows(self):
        pages = self.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["TableName"])
        return [{key: next(iter(value.values())) for key, value in item.items()} for page in pages for item in page["Items"]]

    def is_awaited(self, path):
        """A tool's event may come at any time; a report needs its task to be open."""
        envelope = json.loads(path.read_text("utf-8"))
        if envelope["source"] != "baton.report":
            return True
        about = envelope["detail"]["data"]
        task = f"A#TASK#{about['step']}#"
        return any(row["PK"] == f"CASE#{about['case']}" and row["SK"].startswith(task) for row in self.rows())

    def owed(self):
        return [row for row in self.rows() if row["SK"].startswith("O#") and row["state"] not in ("closed", "parked")]

    def invoices(self):
        return [row for row in self.rows() if row["PK"].startswith("INV#") and row["SK"] == "A#INVOICE"]

    def mails(self):
        sent = self.emulator.get("/_ministack/ses/messages")["messages"]
        return [mail for mails in sent.values() for mail in mails]

    def invoice_is_mailed(self):
        billed_to = "accounts@harbour-clinic.example"
        return self.invoices() and any(billed_to in json.dumps(mail["To"]) for mail in self.mails())

    def wait_until(self, what, holds):
        until = time.monotonic() + STEP_WITHIN_SECONDS
        while not holds():
            if time.monotonic() > until:
                raise RuntimeError(f"after {STEP_WITHIN_SECONDS} s it is not so that {what}")
            time.sleep(0.2)

    def complaints(self):
        """What must not have happened on the way."""
        for row in self.rows():
            if row["PK"] == "PARKED":
                yield f"parked: {row.get('reason')}"
        for name in ("UndeliveredQueue", "FailedQueue", "UnparkedQueue"):
            url = deploy.physical(self.emulator, name)
            answer = self.emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            if answer["Attributes"]["ApproximateNumberOfMessages"] != "0":
                yield f"{name} is not empty"
        if len(self.invoices()) != 1:
            yield f"there are {len(self.invoices())} invoices, not one"
        for mail in self.mails():
            if SENDER not in mail["Source"]:
                yield f"a mail came from {mail['Source']}"
        for line in self.logs():
            if "AccessDenied" in line or "not authorized" in line:
                yield f"refused: {line}"

    def logs(self):
        client = self.emulator.client("logs")
        for group in client.describe_log_groups()["logGroups"]:
            for event in client.filter_log_events(logGroupName=group["logGroupName"])["events"]:
                yield f"{group['logGroupName']}: {event['message'].strip()}"

    def what_happened(self):
        log = self.emulator.log.read_text(errors="replace").splitlines()
        told = [line for line in log if "ERROR" in line or "WARNING" in line]
        return "\n".join(["-- logs of the functions", *list(self.logs())[-60:], "-- the emulator", *told[-20:]])

    def summary(self):
        rows = self.rows()
        cases = sum(row["SK"] == "A#CASE" for row in rows)
        return f"{len(list(EVENTS.glob('*.json')))} events, {cases} cases, {len(self.mails())} mails, 1 invoice, every call within its role"


if __name__ == "__main__":
    main()
