"""What Baton asks of its own template beyond what a linter knows. Each check reads the translated template and yields its findings.

It knows CloudFormation and the promises of ARCHITECTURE.md; who may do what is in `roles.py`.
"""

import json
import re

from sam import ROOT, as_list, of_type, referred

FUNCTIONS = "AWS::Lambda::Function"
INVOKE_CONFIGS = "AWS::Lambda::EventInvokeConfig"
MAPPINGS = "AWS::Lambda::EventSourceMapping"
PERMISSIONS = "AWS::Lambda::Permission"
URLS = "AWS::Lambda::Url"
LOG_GROUPS = "AWS::Logs::LogGroup"
RULES = "AWS::Events::Rule"
BUSES = "AWS::Events::EventBus"
MAIL_SETS = "AWS::SES::ConfigurationSet"
MAIL_EVENTS = "AWS::SES::ConfigurationSetEventDestination"
ARCHIVES = "AWS::Events::Archive"
SCHEDULES = "AWS::Scheduler::Schedule"
QUEUES = "AWS::SQS::Queue"
QUEUE_POLICIES = "AWS::SQS::QueuePolicy"
TABLES = "AWS::DynamoDB::Table"
ALARMS = "AWS::CloudWatch::Alarm"

# The bus must have a name, and the stack's is the one that cannot clash; the table's is a parameter, empty by default.
NAMED_ON_PURPOSE = {("Bus", "Name"), ("Table", "TableName")}
NAMES = {
    FUNCTIONS: "FunctionName",
    LOG_GROUPS: "LogGroupName",
    RULES: "Name",
    BUSES: "Name",
    MAIL_SETS: "Name",
    ARCHIVES: "ArchiveName",
    SCHEDULES: "Name",
    QUEUES: "QueueName",
    TABLES: "TableName",
    ALARMS: "AlarmName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::SNS::Topic": "TopicName",
}

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def findings(template):
    """Name of the check → what it found. Empty when the template holds every promise."""
    found = {}
    for function in CHECKS:
        lines = list(function(template))
        if lines:
            found[function.__name__] = lines
    return found


def binary_of(template, function):
    metadata = template["Resources"][function].get("Metadata", {})
    return metadata.get("BuildProperties", {}).get("Binary")


def asynchronous_functions(template):
    """Functions that EventBridge or Scheduler invokes: both hand over the event and do not wait for the answer."""
    found = set()
    for rule in of_type(template, RULES).values():
        found.update(referred(target["Arn"]) for target in rule.get("Targets", []))
    for schedule in of_type(template, SCHEDULES).values():
        found.add(referred(schedule["Target"]["Arn"]))
    return found & set(of_type(template, FUNCTIONS))


def queue_at(template, value):
    """The logical id of the queue a value points at, or None."""
    target = referred(value)
    return target if target in of_type(template, QUEUES) else None


# ------------------------------------------------------------------ functions


@check
def each_folder_is_one_function(template):
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml")}
    binaries = [binary_of(template, function) for function in of_type(template, FUNCTIONS)]
    for folder in sorted(folders - set(binaries)):
        yield f"functions/{folder} is in no function of the template; add one with Binary: {folder}"
    for binary in sorted({name or "(none)" for name in binaries} - folders):
        yield f"Binary {binary} has no folder functions/{binary}"
    for binary in sorted({name for name in binaries if binaries.count(name) > 1 and name}):
        yield f"Binary {binary} is in more than one function"


@check
def each_function_states_its_limits(template):
    for name, function in of_type(template, FUNCTIONS).items():
        for needed in ("Timeout", "MemorySize"):
            if not isinstance(function.get(needed), int):
                yield f"{name} does not state {needed}"
        if function.get("Runtime") != "provided.al2023":
            yield f"{name} runs on {function.get('Runtime')}, not on provided.al2023"
        if function.get("Architectures") != [{"Ref": "Architecture"}]:
            yield f"{name} does not take its architecture from the parameter"


@check
def each_function_logs_json_to_a_group_of_its_own(template):
    groups = of_type(template, LOG_GROUPS)
    users = {}
    for name, function in of_type(template, FUNCTIONS).items():
        logging = function.get("LoggingConfig", {})
        if logging.get("LogFormat") != "JSON":
            yield f"{name} does not log JSON"
        group = referred(logging.get("LogGroup"))
        if group not in groups:
            yield f"{name} has no log group in the template; Lambda would make one that is kept for ever"
        elif not groups[group].get("RetentionInDays"):
            yield f"{group} of {name} has no RetentionInDays and is kept for ever"
        users.setdefault(group, []).append(name)
    for group, names in users.items():
        if group and len(names) > 1:
            yield f"{group} is shared by {' and '.join(sorted(names))}"


@check
def each_function_has_a_role_of_its_own(template):
    users = {}
    for name, function in of_type(template, FUNCTIONS).items():
        role = referred(function.get("Role"))
        if role not in of_type(template, "AWS::IAM::Role"):
            yield f"{name} has no role in the template"
        users.setdefault(role, []).append(name)
    for role, names in users.items():
        if role and len(names) > 1:
            yield f"{role} is shared by {' and '.join(sorted(names))}"


@check
def each_asynchronous_function_has_a_failure_queue(template):
    configs = {}
    for config in of_type(template, INVOKE_CONFIGS).values():
        configs[referred(config["FunctionName"])] = config
    for name in sorted(asynchronous_functions(template)):
        config = configs.get(name, {})
        destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not queue_at(template, destination):
            yield f"{name} is invoked asynchronously and has no on-failure queue: what it gives up on would be lost"
        for needed in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
            if needed not in config:
                yield f"{name} does not state {needed}"


@check
def nothing_sets_the_clock(template):
    for name, function in of_type(template, FUNCTIONS).items():
        if "BATON_CLOCK" in function.get("Environment", {}).get("Variables", {}):
            yield f"{name} sets BATON_CLOCK, which is for one machine only"


@check
def each_variable_is_one_that_the_code_reads(template):
    path = ROOT / "shared" / "store" / "src" / "config.rs"
    if not path.exists():
        yield "shared/store/src/config.rs is gone; the variables the functions read cannot be compared"
        return
    read = set(re.findall(r'"(BATON_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    if not read:
        yield "shared/store/src/config.rs names no BATON_ variable; this check reads them as string literals"
    stated = set()
    for name, function in of_type(template, FUNCTIONS).items():
        variables = set(function.get("Environment", {}).get("Variables", {}))
        stated |= variables
        for unknown in sorted(variables - read):
            yield f"{name} sets {unknown}, which shared/store/src/config.rs does not read"
    for unset in sorted(read - stated - {"BATON_CLOCK"}):
        yield f"{unset} is read by shared/store/src/config.rs and set by no function"


@check
def each_function_url_states_who_may_call_it(template):
    for name, url in of_type(template, URLS).items():
        auth = url.get("AuthType")
        if auth not in ("AWS_IAM", "NONE"):
            yield f"{name} does not state AuthType"
        if auth == "NONE":
            function = referred(url["TargetFunctionArn"])
            public = {
                permission["Action"]
                for permission in of_type(template, PERMISSIONS).values()
                if referred(permission["FunctionName"]) == function and permission.get("Principal") == "*"
            }
            for action in sorted({"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} - public):
                yield f"{name} is public and lacks the permission {action}"


# ------------------------------------------------------------------ what fires them


@check
def each_rule_is_on_our_bus_with_one_target(template):
    for name, rule in of_type(template, RULES).items():
        if "EventBusName" not in rule:
            yield from hears_too_much(template, name, rule.get("EventPattern", {}))
        elif referred(rule["EventBusName"]) not in of_type(template, BUSES):
            yield f"{name} is not on a bus of this template"
        if len(rule.get("Targets", [])) != 1:
            yield f"{name} has {len(rule.get('Targets', []))} targets, not one"
        if rule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} is not enabled"
        for place in bare_values(rule.get("EventPattern"), "pattern"):
            yield f"{name}: {place} must be a list"
        if len(json.dumps(rule.get("EventPattern"), separators=(",", ":"))) > 4096:
            yield f"{name}: the pattern is longer than 4,096 characters"


def hears_too_much(template, name, pattern):
    """The account's default bus carries everybody's events: a rule there hears of mails sent under our own name only."""
    tags = pattern.get("detail", {}).get("mail", {}).get("tags", {})
    sets = [referred(one) for one in tags.get("ses:configuration-set", [])]
    if pattern.get("source") != ["aws.ses"] or not sets or not set(sets) <= set(of_type(template, MAIL_SETS)):
        yield f"{name} is on the default bus and hears more than what comes back of this stack's mails"


@check
def what_comes_back_of_a_mail_is_heard(template):
    for name in of_type(template, MAIL_SETS):
        told = [
            destination["EventDestination"]
            for destination in of_type(template, MAIL_EVENTS).values()
            if referred(destination["ConfigurationSetName"]) == name
        ]
        kinds = {kind for one in told if one.get("Enabled") and "EventBridgeDestination" in one for kind in one["MatchingEventTypes"]}
        if not {"bounce", "complaint", "reject"} <= kinds:
            yield f"{name} does not tell the default bus of bounces, complaints and rejects"


def bare_values(pattern, path):
    """EventBridge refuses a pattern whose leaf is not a list."""
    if isinstance(pattern, dict):
        for key, value in pattern.items():
            yield from bare_values(value, f"{path}.{key}")
    elif not isinstance(pattern, list):
        yield path


@check
def each_rule_target_keeps_what_it_cannot_deliver(template):
    for name, rule in of_type(template, RULES).items():
        for target in rule.get("Targets", []):
            queue = queue_at(template, target.get("DeadLetterConfig", {}).get("Arn"))
            if not queue:
                yield f"{name} has no dead-letter queue: an event it cannot deliver would be lost"
            elif not admits_rules_of(template, queue, referred(rule.get("EventBusName"))):
                yield f"{queue} has no policy that lets the rule {name} send to it"
            yield from unstated_retries(name, target)


def admits_rules_of(template, queue, bus):
    """Whether a queue policy admits EventBridge, for rules of this bus only; on the default bus for this stack's own."""
    named = f":rule/${{{bus}}}/*" if bus else ":rule/${AWS::StackName}-*"
    for policy in of_type(template, QUEUE_POLICIES).values():
        if queue not in [referred(value) for value in policy["Queues"]]:
            continue
        for statement in policy["PolicyDocument"]["Statement"]:
            source = statement.get("Condition", {}).get("ArnLike", {}).get("aws:SourceArn", {})
            if (
                statement["Effect"] == "Allow"
                and statement["Principal"] == {"Service": "events.amazonaws.com"}
                and "sqs:SendMessage" in as_list(statement["Action"])
                and referred(statement["Resource"]) == queue
                and any(isinstance(one, dict) and one.get("Fn::Sub", "").endswith(named) for one in as_list(source))
            ):
                return True
    return False


def unstated_retries(name, target):
    retry = target.get("RetryPolicy", {})
    for needed, least, most in (("MaximumRetryAttempts", 0, 185), ("MaximumEventAgeInSeconds", 60, 86400)):
        value = retry.get(needed)
        if not isinstance(value, int) or not least <= value <= most:
            yield f"{name} does not state {needed} between {least} and {most}"


@check
def each_rule_may_invoke_its_function(template):
    granted = set()
    for permission in of_type(template, PERMISSIONS).values():
        if permission.get("Principal") == "events.amazonaws.com" and permission.get("Action") == "lambda:InvokeFunction":
            granted.add((referred(permission["FunctionName"]), referred(permission.get("SourceArn"))))
    for name, rule in of_type(template, RULES).items():
        for target in rule.get("Targets", []):
            if (referred(target["Arn"]), name) not in granted:
                yield f"{name} has no permission to invoke {referred(target['Arn'])}"


RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")


@check
def each_schedule_is_well_formed_and_keeps_what_it_cannot_deliver(template):
    for name, schedule in of_type(template, SCHEDULES).items():
        expression = schedule.get("ScheduleExpression", "")
        if not RATE.fullmatch(expression) and not re.fullmatch(r"(cron|at)\(.+\)", expression):
            yield f"{name}: {expression} is not a schedule; one is `rate(1 minute)`, two are `rate(2 minutes)`"
        if expression.startswith("cron") and not schedule.get("ScheduleExpressionTimezone"):
            yield f"{name} does not state its time zone"
        target = schedule["Target"]
        if not queue_at(template, target.get("DeadLetterConfig", {}).get("Arn")):
            yield f"{name} has no dead-letter queue"
        yield from unstated_retries(name, target)


@check
def each_stream_mapping_is_bounded(template):
    for name, mapping in stream_mappings(template).items():
        filters = mapping.get("FilterCriteria", {}).get("Filters", [])
        if not filters:
            yield f"{name} has no filter: every write would invoke the function"
        for one in filters:
            if "numeric" in one["Pattern"]:
                yield f"{name} filters by number; a stream holds numbers as text, so it would never match"
            try:
                json.loads(one["Pattern"])
            except ValueError as error:
                yield f"{name}: the filter is not JSON: {error}"
        if mapping.get("BisectBatchOnFunctionError") is not True:
            yield f"{name} does not bisect: one bad record would take its whole batch along"
        if not 0 <= mapping.get("MaximumRetryAttempts", -1) <= 100:
            yield f"{name} retries without bound and would block its shard"
        if not 60 <= mapping.get("MaximumRecordAgeInSeconds", -1) <= 86400:
            yield f"{name} has no bound on the age of a record"
        destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not queue_at(template, destination):
            yield f"{name} has no on-failure queue"
        if mapping.get("StartingPosition") != "TRIM_HORIZON":
            yield f"{name} does not start at TRIM_HORIZON and would miss what is written while it is being made"


@check
def each_mapping_answers_record_by_record(template):
    for name, mapping in of_type(template, MAPPINGS).items():
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield f"{name} does not report failures record by record"


@check
def each_read_queue_outlives_its_reader(template):
    queues = of_type(template, QUEUES)
    for name, mapping in of_type(template, MAPPINGS).items():
        queue = queue_at(template, mapping["EventSourceArn"])
        if not queue:
            continue
        timeout = of_type(template, FUNCTIONS)[referred(mapping["FunctionName"])]["Timeout"]
        if queues[queue].get("VisibilityTimeout", 30) < 6 * timeout:
            yield f"{queue} hides a message for less than six times the {timeout} s time-out of its reader"
        if not queue_at(template, queues[queue].get("RedrivePolicy", {}).get("deadLetterTargetArn")):
            yield f"{queue} has nowhere to put a message that its reader cannot take"


def stream_mappings(template):
    tables = of_type(template, TABLES)
    return {
        name: mapping
        for name, mapping in of_type(template, MAPPINGS).items()
        if referred(mapping["EventSourceArn"]) in tables
    }


# ------------------------------------------------------------------ state


@check
def the_table_can_be_restored(template):
    for name, table in of_type(template, TABLES).items():
        resource = template["Resources"][name]
        if resource.get("DeletionPolicy") != "RetainExceptOnCreate" or resource.get("UpdateReplacePolicy") != "Retain":
            yield f"{name} is not kept when the stack is deleted or the table replaced"
        if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} has no point-in-time recovery"
        if table.get("DeletionProtectionEnabled") != {"Ref": "DeletionProtection"}:
            yield f"{name} does not take its deletion protection from the parameter"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is not on demand"
        if table.get("StreamSpecification", {}).get("StreamViewType") != "NEW_AND_OLD_IMAGES":
            yield f"{name} has no stream with both images"


INDEXES = {
    "due": ("due_shard", "due_at", None),
    "list": ("list_of", "list_at", {"type", "title", "state", "owner", "workflow", "due", "client"}),
    "client": ("client_of", "client_at", {"type", "title", "state", "workflow"}),
}


@check
def the_table_has_its_three_indexes(template):
    for name, table in of_type(template, TABLES).items():
        kinds = {entry["AttributeName"]: entry["AttributeType"] for entry in table["AttributeDefinitions"]}
        found = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
        if set(found) != set(INDEXES):
            yield f"{name} has the indexes {sorted(found)}, not {sorted(INDEXES)}"
        for index, (hash_key, range_key, included) in INDEXES.items():
            if index not in found:
                continue
            keys = {entry["KeyType"]: entry["AttributeName"] for entry in found[index]["KeySchema"]}
            if keys != {"HASH": hash_key, "RANGE": range_key} or {kinds.get(hash_key), kinds.get(range_key)} != {"S"}:
                yield f"index {index} is not keyed by {hash_key} and {range_key}, both text"
            projection = found[index]["Projection"]
            wanted = "INCLUDE" if included else "KEYS_ONLY"
            if projection["ProjectionType"] != wanted or set(projection.get("NonKeyAttributes", [])) != (included or set()):
                yield f"index {index} does not carry exactly {sorted(included) if included else 'its keys'}"


@check
def each_queue_keeps_its_messages_encrypted_and_long(template):
    for name, queue in of_type(template, QUEUES).items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if queue.get("MessageRetentionPeriod") != 1209600:
            yield f"{name} does not keep a message for the longest time there is, 14 days"


@check
def the_archive_keeps_what_was_received(template):
    archives = of_type(template, ARCHIVES)
    for bus in of_type(template, BUSES):
        if bus not in [referred(archive["SourceArn"]) for archive in archives.values()]:
            yield f"{bus} has no archive"
    for name, archive in archives.items():
        if archive.get("EventPattern") != {"source": [{"anything-but": ["baton.effect"]}]}:
            yield f"{name} does not keep exactly what is not owed work (source baton.effect)"
        if not archive.get("RetentionDays"):
            yield f"{name} keeps events for ever"


@check
def nothing_has_a_name_that_could_clash(template):
    for logical_id, resource in template["Resources"].items():
        key = NAMES.get(resource["Type"])
        if key and key in resource.get("Properties", {}) and (logical_id, key) not in NAMED_ON_PURPOSE:
            yield f"{logical_id} has a fixed {key}: a second stack, or a repeated first deploy, would fail on it"


# ------------------------------------------------------------------ alarms


def measured_functions(alarm, metric):
    """Id of the measurement → function, for a metric that an alarm takes of several functions."""
    found = {}
    for entry in alarm.get("Metrics", []):
        stat = entry.get("MetricStat", {})
        if stat.get("Metric", {}).get("MetricName") == metric:
            dimensions = {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]}
            found[entry["Id"]] = referred(dimensions.get("FunctionName"))
    return found


@check
def each_function_is_watched(template):
    functions = set(of_type(template, FUNCTIONS))
    for metric in ("Errors", "Throttles", "Duration", "ConcurrentExecutions"):
        watched = set()
        for alarm in of_type(template, ALARMS).values():
            watched |= set(measured_functions(alarm, metric).values())
        for function in sorted(functions - watched):
            yield f"no alarm watches {metric} of {function}"


# `sla-check` waits for up to 190 of its 240 seconds by design.
SLOW_AT_PERCENT = {"sla-check": 90}


@check
def slow_runs_are_measured_against_each_time_out(template):
    for name, alarm in of_type(template, ALARMS).items():
        measured = measured_functions(alarm, "Duration")
        if not measured:
            continue
        expression = next(entry["Expression"] for entry in alarm["Metrics"] if "Expression" in entry)
        divisors = dict(re.findall(r"(\w+) / (\d+)", expression))
        for key, function in measured.items():
            timeout = of_type(template, FUNCTIONS)[function]["Timeout"]
            wanted = timeout * 10 * SLOW_AT_PERCENT.get(binary_of(template, function), 80)
            if divisors.get(key) != str(wanted):
                yield f"{name} holds {function} to {divisors.get(key)} ms; of its {timeout} s it should be {wanted}"


@check
def each_queue_and_the_stream_are_watched(template):
    watched = set()
    for alarm in of_type(template, ALARMS).values():
        for dimension in alarm.get("Dimensions", []):
            watched.add((alarm.get("MetricName"), referred(dimension["Value"])))
    for queue in of_type(template, QUEUES):
        depth = ("ApproximateNumberOfMessagesVisible", queue)
        age = ("ApproximateAgeOfOldestMessage", queue)
        if not watched & {depth, age}:
            yield f"no alarm watches {queue}"
    for mapping in stream_mappings(template).values():
        function = referred(mapping["FunctionName"])
        if ("IteratorAge", function) not in watched:
            yield f"no alarm watches how far {function} is behind the stream"
    for schedule in of_type(template, SCHEDULES).values():
        function = referred(schedule["Target"]["Arn"])
        if ("Invocations", function) not in watched:
            yield f"no alarm says when {function} has stopped running"


@check
def each_alarm_reaches_the_alarm_address(template):
    for name, alarm in of_type(template, ALARMS).items():
        wanted = {"Fn::If": ["HasAlarmAddress", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
        if alarm.get("AlarmActions") != wanted:
            yield f"{name} mails nobody"
        if not alarm.get("AlarmDescription"):
            yield f"{name} does not say what it means"
