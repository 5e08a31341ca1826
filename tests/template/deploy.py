"""Deploys the template to the emulator with real programs, as `sam package` and `sam deploy` would to AWS.

It knows stacks and zips and nothing of what the functions do.
"""

import io
import json
import time
import zipfile

import sam

STACK = "baton"
BUCKET = "baton-code"
CREATED_WITHIN_SECONDS = 120


def unknown_to_the_emulator(resource):
    """Its CloudFormation has no archives and no alarms over several metrics, and gives up on the whole stack."""
    return resource["Type"] == "AWS::Events::Archive" or "Metrics" in resource.get("Properties", {})


def stack(emulator, source, program_of, parameters):
    """Creates the stack from the template as written and returns its outputs. `program_of(binary)` is the program's bytes."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})

    def uploaded(logical_id, resource):
        binary = resource["Metadata"]["BuildProperties"]["Binary"]
        s3.put_object(Bucket=BUCKET, Key=f"{logical_id}.zip", Body=zipped(program_of(binary)))
        return f"s3://{BUCKET}/{logical_id}.zip"

    packaged = sam.with_code(source, uploaded)
    for logical_id, resource in list(packaged["Resources"].items()):
        if unknown_to_the_emulator(resource):
            del packaged["Resources"][logical_id]
    formation = emulator.client("cloudformation")
    formation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(packaged),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    until = time.monotonic() + CREATED_WITHIN_SECONDS
    while time.monotonic() < until:
        found = formation.describe_stacks(StackName=STACK)["Stacks"][0]
        if found["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        if found["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.2)
    raise RuntimeError(f"the stack is {found['StackStatus']}:\n" + "\n".join(failures(formation)))


def failures(formation):
    for event in formation.describe_stack_events(StackName=STACK)["StackEvents"]:
        if event.get("ResourceStatusReason"):
            yield f"  {event['LogicalResourceId']} {event['ResourceStatus']}: {event['ResourceStatusReason']}"


def physical(emulator, logical_id):
    """The name that the stack gave to a resource."""
    answer = emulator.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
    return answer["StackResourceDetail"]["PhysicalResourceId"]


def zipped(program):
    """A Lambda package: the program as `bootstrap`, executable."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, program)
    return content.getvalue()
