"""Reads the SAM template and translates it, offline, to the CloudFormation that AWS would deploy.

It knows the template language and nothing of what the functions do.
"""

import copy
import json
import logging
import os
from pathlib import Path

# The translator asks boto3 for a region and for nothing else.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from cfnlint.api import lint as cfn_lint  # noqa: E402
from cfnlint.config import ManualArgs  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

logging.getLogger("samtranslator").setLevel(logging.ERROR)

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

# Where the code lies is for `sam build` to say; any well-formed address serves a translation.
SOME_CODE = "s3://not-built/not-built.zip"


class NoManagedPolicies:
    """The template names none of AWS's managed policies, so the translator never has to ask for one."""

    def load(self):
        return {}


def read(path=TEMPLATE):
    """The template as written, intrinsic functions in their long form (`{"Ref": …}`)."""
    return yaml_parse(Path(path).read_text(encoding="utf-8"))


def with_code(source, address_of):
    """A copy of the template whose functions take their code from `address_of(logical_id, function)`."""
    out = copy.deepcopy(source)
    out.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for logical_id, resource in out["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = address_of(logical_id, resource)
    return out


def translate(source):
    """The CloudFormation template. Raises `samtranslator.model.exceptions.InvalidDocumentException` for what SAM refuses."""
    return transform(with_code(source, lambda *_: SOME_CODE), {}, NoManagedPolicies())


def lint(template):
    """What cfn-lint has to say of a translated template, one line each."""
    found = cfn_lint(json.dumps(template), config=ManualArgs(regions=[os.environ["AWS_DEFAULT_REGION"]]))
    return [f"{match.rule.id} at {'/'.join(map(str, match.path or []))}: {match.message}" for match in found]


def of_type(template, kind):
    """Logical id → properties of every resource of one type."""
    found = {}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == kind:
            found[logical_id] = resource.get("Properties", {})
    return found


def referred(value):
    """The logical id that `!Ref X`, `!GetAtt X.Y` or a `!Sub` beginning with `${X…}` points at; None for anything else."""
    if not isinstance(value, dict):
        return None
    if "Ref" in value:
        return value["Ref"]
    if "Fn::GetAtt" in value:
        target = value["Fn::GetAtt"]
        return target[0] if isinstance(target, list) else target.split(".")[0]
    text = value.get("Fn::Sub")
    if isinstance(text, str) and text.startswith("${"):
        return text[2:].split("}")[0].split(".")[0]
    return None


def as_list(value):
    return value if isinstance(value, list) else [value]
