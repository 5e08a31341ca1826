"""Compares who may do what with what has to be done: each function's role against its triggers and against its program.

Nothing but a refused call at run time would otherwise tell of a missing permission; nothing at all would tell of one too many.
"""

from checks import (
    FUNCTIONS,
    INVOKE_CONFIGS,
    MAPPINGS,
    SCHEDULES,
    asynchronous_functions,
    binary_of,
    queue_at,
    stream_mappings,
)
from sam import as_list, of_type, referred

# SDK operation → what IAM asks for, and on what. Writes are told apart by the kinds of `store::Write` that a program builds.
ACTIONS = {
    ("dynamodb", "get_item"): {("dynamodb:GetItem", "Table")},
    ("dynamodb", "batch_get_item"): {("dynamodb:BatchGetItem", "Table")},
    ("dynamodb", "query"): {("dynamodb:Query", "Table")},
    ("dynamodb", "list_tables"): {("dynamodb:ListTables", "*")},
    ("dynamodb", "scan"): {("dynamodb:Scan", "Table")},
    ("dynamodb", "batch_write_item"): {("dynamodb:BatchWriteItem", "Table")},
    ("dynamodb", "transact_get_items"): {("dynamodb:GetItem", "Table")},
    ("dynamodb", "transact_write_items"): set(),
    ("dynamodb", "put_item"): set(),
    ("dynamodb", "update_item"): set(),
    ("dynamodb", "delete_item"): set(),
    ("eventbridge", "put_events"): {("events:PutEvents", "Bus")},
    ("ses", "send_raw_email"): {("ses:SendRawEmail", "ses:identity/*"), ("ses:SendRawEmail", "ses:configuration-set/${Mails}")},
    ("ssm", "get_parameter"): {("ssm:GetParameter", "secrets")},
    ("ssm", "put_parameter"): {("ssm:PutParameter", "secrets")},
    ("ssm", "get_parameters_by_path"): {("ssm:GetParametersByPath", "secrets' folder"), ("ssm:GetParametersByPath", "secrets")},
}
WRITES = {
    "put": ("dynamodb:PutItem", "Table"),
    "update": ("dynamodb:UpdateItem", "Table"),
    "delete": ("dynamodb:DeleteItem", "Table"),
    "check": ("dynamodb:ConditionCheckItem", "Table"),
}

# Everything that a stack keeps, and nothing of another.
SECRETS = "parameter/baton/${AWS::StackName}/*"
# What links in mails are signed with. Who signs or verifies them reads nothing else, and nobody else reads it.
LINKS_KEY = SECRETS.replace("*", "links")
WITH_LINKS = {"links", "notify"}
READS_SECRETS = ("ssm:GetParameter", "secrets")
READS_LINKS_KEY = ("ssm:GetParameter", "links' key")

# Where AWS knows nothing narrower, or the narrower form would fail: action → the ending of the resource, and why.
WILDCARDS = {
    "dynamodb:ListTables": ("*", "AWS lists an account's tables together"),
    "dynamodb:ListStreams": ("${Table.Arn}/stream/*", "AWS lists a table's streams together"),
    "ssm:GetParameter": (SECRETS, "what a team names its secrets stands in its files"),
    "ssm:PutParameter": (SECRETS, "the same"),
    "ssm:GetParametersByPath": (SECRETS, "the same"),
    "ses:SendRawEmail": ("identity/*", "in the sandbox SES asks for the recipient's identity too; ses:FromAddress is the limit"),
}

SOURCES_OF = {
    "relay": ["baton.effect", "baton.workflow"],
    "sla-check": ["baton.effect", "baton.workflow"],
    "links": ["baton.report"],
}

# What puts events on the bus in the name of tools, whose sources stand in the team's files.
FOR_TOOLS = {"webhook"}


def findings(template, called):
    """`called` is what `binaries.of_all` found."""
    for name, function in of_type(template, FUNCTIONS).items():
        binary = binary_of(template, name)
        role = referred(function["Role"])
        allowed, denied = {}, set()
        for statement in statements(template, role):
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    if statement["Effect"] == "Deny":
                        denied.add((action, place(resource)))
                    else:
                        allowed[(action, place(resource))] = statement.get("Condition")
        needed = by_triggers(template, name) | by_program(called[binary])
        if binary in WITH_LINKS:
            needed = needed - {READS_SECRETS} | {READS_LINKS_KEY}
        for action, resource in sorted({READS_LINKS_KEY for _ in needed & {READS_SECRETS}} ^ denied):
            lacks = (action, resource) not in denied
            yield f"{role} {'does not deny' if lacks else 'denies'} {action} on {resource}"
        for action, resource in sorted(needed - set(allowed)):
            yield f"{role} lacks {action} on {resource}, which {binary} needs"
        for action, resource in sorted(set(allowed) - needed):
            yield f"{role} allows {action} on {resource}, which {binary} never calls"
        yield from conditions(role, binary, allowed)
        yield from told(name, function, called[binary])
    yield from schedule_roles(template)


def by_triggers(template, name):
    """What Lambda itself does in the function's name: logs, failure queues, and reading the stream or queue that fires it."""
    function = of_type(template, FUNCTIONS)[name]
    group = referred(function["LoggingConfig"]["LogGroup"])
    needed = {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}
    destinations = []
    for config in of_type(template, INVOKE_CONFIGS).values():
        if referred(config["FunctionName"]) == name and name in asynchronous_functions(template):
            destinations.append(config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
    for key, mapping in of_type(template, MAPPINGS).items():
        if referred(mapping["FunctionName"]) != name:
            continue
        destinations.append(mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
        if key in stream_mappings(template):
            table = referred(mapping["EventSourceArn"])
            for action in ("DescribeStream", "GetRecords", "GetShardIterator"):
                needed.add((f"dynamodb:{action}", f"{table}.StreamArn"))
            needed.add(("dynamodb:ListStreams", f"{table}/stream/*"))
        else:
            queue = queue_at(template, mapping["EventSourceArn"])
            needed |= {(f"sqs:{action}", queue) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    return needed | {("sqs:SendMessage", queue_at(template, one)) for one in destinations if one}


def by_program(called):
    needed = set()
    for operation in called.operations:
        if operation not in ACTIONS:
            raise ValueError(f"{operation} is called and roles.ACTIONS does not say what IAM asks for it")
        needed |= ACTIONS[operation]
    writing = {"transact_write_items", "put_item", "update_item", "delete_item"}
    if writing & {name for _, name in called.operations}:
        needed |= {WRITES[kind] for kind in called.writes}
    return needed | {("dynamodb:Query", f"Table/index/{index}") for index in called.indexes}


def conditions(role, binary, allowed):
    """A function sends mail as the sender only and puts only its own sources on the bus."""
    for (action, _), condition in allowed.items():
        if action == "ses:SendRawEmail" and condition != {"StringEquals": {"ses:FromAddress": {"Ref": "Sender"}}}:
            yield f"{role} may send mail as anyone"
        if action == "events:PutEvents":
            wanted = {"ForAllValues:StringEquals": {"events:source": SOURCES_OF.get(binary)}}
            if binary in FOR_TOOLS:
                wanted = {"ForAllValues:StringNotLike": {"events:source": ["baton.*"]}}
            if condition != wanted:
                yield f"{role} may claim other sources than {SOURCES_OF.get(binary, 'those of tools')}"


def told(name, function, called):
    """The variables a function is given are those that its program asks for."""
    stated = set(function.get("Environment", {}).get("Variables", {}))
    for variable in sorted(called.variables - stated):
        yield f"{name} is not given {variable}, which its program reads"
    for variable in sorted(stated - called.variables):
        yield f"{name} is given {variable}, which its program never reads"


def schedule_roles(template):
    for name, schedule in of_type(template, SCHEDULES).items():
        target = schedule["Target"]
        role = referred(target["RoleArn"])
        allowed = set()
        for statement in statements(template, role):
            allowed |= {(action, place(one)) for action in as_list(statement["Action"]) for one in as_list(statement["Resource"])}
        needed = {("lambda:InvokeFunction", referred(target["Arn"]))}
        queue = queue_at(template, target.get("DeadLetterConfig", {}).get("Arn"))
        if queue:
            needed.add(("sqs:SendMessage", queue))
        for action, resource in sorted(needed ^ allowed):
            lacks = (action, resource) in needed
            yield f"{role} of {name} {'lacks' if lacks else 'allows too much:'} {action} on {resource}"


def statements(template, role):
    found = []
    resource = template["Resources"].get(role, {}).get("Properties", {})
    for policy in resource.get("Policies", []):
        found += policy["PolicyDocument"]["Statement"]
    return found


def place(resource):
    """A short name for a resource: `Table`, `Table.StreamArn`, `Table/index/due`, `ses:identity/*`, or `*`."""
    if not isinstance(resource, dict):
        return resource
    if "Fn::GetAtt" in resource:
        name, attribute = resource["Fn::GetAtt"]
        return name if attribute == "Arn" else f"{name}.{attribute}"
    text = resource.get("Fn::Sub", "")
    if text.startswith("${"):
        return text[2:].replace(".Arn}", "", 1)
    if text.endswith(":" + SECRETS):
        return "secrets"
    if text.endswith(":" + LINKS_KEY):
        return "links' key"
    if text.endswith(":" + SECRETS.removesuffix("/*")):
        return "secrets' folder"
    if text.startswith("arn:${AWS::Partition}:"):
        service, rest = text.removeprefix("arn:${AWS::Partition}:").split(":", 1)
        return f"{service}:{rest.split(':')[-1]}"
    return str(resource)


# ------------------------------------------------------------------ every policy of the template


def all_statements(template):
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
        if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy"):
            documents.append(properties["PolicyDocument"])
        for document in documents:
            for statement in document["Statement"]:
                yield name, statement


def wildcards(template):
    for name, statement in all_statements(template):
        for action in as_list(statement["Action"]):
            if "*" in action:
                yield f"{name} allows {action}; name the actions"
            for resource in as_list(statement["Resource"]):
                text = resource if isinstance(resource, str) else str(resource.get("Fn::Sub", ""))
                ending, _ = WILDCARDS.get(action, (None, None))
                if "*" in text and not (ending and text.endswith(ending)):
                    yield f"{name} allows {action} on {text}; name the resource"
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{name} allows by exclusion"
    for name, resource in template["Resources"].items():
        if resource.get("Properties", {}).get("ManagedPolicyArns"):
            yield f"{name} takes a policy that AWS may change"


READING = (
    "cloudformation:DescribeStacks",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:ListTables",
    "dynamodb:Query",
    "sqs:GetQueueAttributes",
)
# What people do with other tools than the `baton` command.
BY_OTHER_TOOLS = {"cloudformation:DescribeStacks", "sqs:GetQueueAttributes", "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}


def people(template, command):
    """The reader only reads; reader and operator together may do what the `baton` command calls, and open the board.

    `command` is what `binaries.read` found in it.
    """
    allowed = {"ReaderPolicy": set(), "OperatorPolicy": set()}
    for name, statement in all_statements(template):
        if name in allowed:
            allowed[name] |= {(action, place(one)) for action in as_list(statement["Action"]) for one in as_list(statement["Resource"])}
    for action, resource in sorted(allowed["ReaderPolicy"]):
        if action not in READING:
            yield f"ReaderPolicy allows {action} on {resource}"
    both = allowed["ReaderPolicy"] | allowed["OperatorPolicy"]
    needed = by_program(command)
    for action, resource in sorted(needed - both):
        yield f"neither policy allows {action} on {resource}, which the baton command calls"
    for action, resource in sorted(both - needed):
        if action not in BY_OTHER_TOOLS:
            yield f"a policy allows {action} on {resource}, which the baton command never calls"
    for url in of_type(template, "AWS::Lambda::Url").values():
        function = referred(url["TargetFunctionArn"])
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
            if url.get("AuthType") == "AWS_IAM" and (action, function) not in allowed["OperatorPolicy"]:
                yield f"OperatorPolicy lacks {action} on {function}; a function URL asks for both"
