"""Mistakes that somebody could make in the template, each with the check that must find it: proof that the checks can fail.

A fault edits a copy of the template as written, before translation.
"""

import copy

import checks
import patterns
import roles
import sam

FAULTS = []


def fault(found_by):
    """Registers an edit of the template; `found_by` is the name of the check that must report it."""

    def register(edit):
        FAULTS.append((edit.__name__.replace("_", " "), edit, found_by))
        return edit

    return register


def props(template, name):
    return template["Resources"][name]["Properties"]


def event(template, function, name):
    return props(template, function)["Events"][name]["Properties"]


def statements(template, role):
    return props(template, role)["Policies"][0]["PolicyDocument"]["Statement"]


def missed(source, emulator, called):
    """Titles of the faults that the check named for them did not find. Empty is what we want."""
    for title, edit, found_by in FAULTS:
        broken = copy.deepcopy(source)
        edit(broken)
        assert broken != source, f"the fault «{title}» changes nothing"
        found = reports(broken, emulator, called, found_by)
        if not found:
            yield f"planted «{title}»: {found_by} did not find it"


def reports(broken, emulator, called, found_by):
    template = sam.translate(broken)
    if found_by == "lint":
        return sam.lint(template)
    if found_by == "patterns":
        return list(patterns.findings(template, emulator))
    if found_by == "roles":
        return list(roles.findings(template, called))
    if found_by == "wildcards":
        return list(roles.wildcards(template))
    if found_by == "people":
        return list(roles.people(template, called["baton"]))
    return list(getattr(checks, found_by)(template))


# ------------------------------------------------------------------ functions


@fault("each_folder_is_one_function")
def a_function_is_forgotten(t):
    for name in ("ParkFunction", "ParkRole", "ParkLogGroup"):
        del t["Resources"][name]


@fault("each_folder_is_one_function")
def a_binary_is_misspelt(t):
    t["Resources"]["NotifyFunction"]["Metadata"]["BuildProperties"]["Binary"] = "notfy"


@fault("each_function_states_its_limits")
def the_time_out_is_left_to_chance(t):
    del t["Globals"]["Function"]["Timeout"]


@fault("each_function_states_its_limits")
def an_old_runtime(t):
    t["Globals"]["Function"]["Runtime"] = "provided.al2"


@fault("each_function_logs_json_to_a_group_of_its_own")
def logs_are_kept_for_ever(t):
    del props(t, "RelayLogGroup")["RetentionInDays"]


@fault("each_function_logs_json_to_a_group_of_its_own")
def two_functions_share_a_log_group(t):
    props(t, "NotifyFunction")["LoggingConfig"]["LogGroup"] = {"Ref": "RelayLogGroup"}


@fault("each_function_has_a_role_of_its_own")
def two_functions_share_a_role(t):
    props(t, "NotifyFunction")["Role"] = {"Fn::GetAtt": ["InvoiceRole", "Arn"]}


@fault("each_asynchronous_function_has_a_failure_queue")
def an_executor_has_no_failure_queue(t):
    del props(t, "NotifyFunction")["EventInvokeConfig"]["DestinationConfig"]


@fault("nothing_sets_the_clock")
def the_clock_file_goes_to_aws(t):
    props(t, "SlaCheckFunction")["Environment"]["Variables"]["BATON_CLOCK"] = "/tmp/clock"


@fault("each_variable_is_one_that_the_code_reads")
def a_variable_is_misspelt(t):
    variables = props(t, "RelayFunction")["Environment"]["Variables"]
    variables["BATON_BUS_NAME"] = variables.pop("BATON_BUS")


@fault("each_function_url_states_who_may_call_it")
def a_url_is_opened_to_all_with_one_permission(t):
    """Written out, since SAM adds both permissions to a URL of its own."""
    function = {"Ref": "ParkFunction"}
    t["Resources"]["OpenUrl"] = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"TargetFunctionArn": function, "AuthType": "NONE"},
    }
    t["Resources"]["OpenToAll"] = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": function,
            "Principal": "*",
            "Action": "lambda:InvokeFunctionUrl",
            "FunctionUrlAuthType": "NONE",
        },
    }


# ------------------------------------------------------------------ what fires them


@fault("each_rule_target_keeps_what_it_cannot_deliver")
def a_rule_has_no_dead_letter_queue(t):
    del event(t, "StartCaseFunction", "ToolEvents")["DeadLetterConfig"]


@fault("each_rule_target_keeps_what_it_cannot_deliver")
def the_dead_letter_queue_has_no_policy(t):
    del t["Resources"]["UndeliveredQueuePolicy"]


@fault("each_rule_target_keeps_what_it_cannot_deliver")
def the_queue_policy_admits_another_service(t):
    statement = props(t, "UndeliveredQueuePolicy")["PolicyDocument"]["Statement"][0]
    statement["Principal"] = {"Service": "sns.amazonaws.com"}


@fault("each_rule_target_keeps_what_it_cannot_deliver")
def retries_are_left_to_chance(t):
    del event(t, "NotifyFunction", "MailsRequested")["RetryPolicy"]


@fault("each_rule_is_on_our_bus_with_one_target")
def a_rule_listens_on_the_default_bus(t):
    del event(t, "AdvanceCaseFunction", "Reports")["EventBusName"]


@fault("each_rule_is_on_our_bus_with_one_target")
def a_bare_value_in_a_pattern(t):
    event(t, "AdvanceCaseFunction", "Reports")["Pattern"]["source"] = "baton.report"


@fault("patterns")
def a_rule_listens_to_every_effect(t):
    del event(t, "NotifyFunction", "MailsRequested")["Pattern"]["detail-type"]


@fault("patterns")
def a_rule_is_deaf_to_workflows(t):
    event(t, "StartCaseFunction", "ToolEvents")["Pattern"]["source"].remove("baton.workflow")


@fault("patterns")
def a_rule_lets_a_loop_in(t):
    event(t, "StartCaseFunction", "ToolEvents")["Pattern"]["source"] = [{"prefix": ""}]


@fault("patterns")
def the_archive_keeps_owed_work(t):
    props(t, "EventArchive")["EventPattern"] = {"source": [{"prefix": ""}]}


@fault("each_rule_may_invoke_its_function")
def a_rule_without_permission_to_invoke(t):
    t["Resources"]["Bare"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["baton.report"]},
            "Targets": [{"Id": "one", "Arn": {"Fn::GetAtt": ["ParkFunction", "Arn"]}}],
        },
    }


@fault("each_schedule_is_well_formed_and_keeps_what_it_cannot_deliver")
def one_minute_in_the_plural(t):
    event(t, "SlaCheckFunction", "EveryMinute")["ScheduleExpression"] = "rate(1 minutes)"


@fault("each_schedule_is_well_formed_and_keeps_what_it_cannot_deliver")
def the_schedule_has_no_dead_letter_queue(t):
    del event(t, "SlaCheckFunction", "EveryMinute")["DeadLetterConfig"]


@fault("each_stream_mapping_is_bounded")
def the_stream_is_not_filtered(t):
    del event(t, "RelayFunction", "OwedEffects")["FilterCriteria"]


@fault("each_stream_mapping_is_bounded")
def the_stream_retries_for_ever(t):
    del event(t, "RelayFunction", "OwedEffects")["MaximumRetryAttempts"]


@fault("each_stream_mapping_is_bounded")
def one_bad_record_takes_its_batch_along(t):
    del event(t, "RelayFunction", "OwedEffects")["BisectBatchOnFunctionError"]


@fault("each_mapping_answers_record_by_record")
def a_queue_batch_fails_as_a_whole(t):
    del event(t, "ParkFunction", "Failed")["FunctionResponseTypes"]


@fault("each_read_queue_outlives_its_reader")
def a_message_reappears_while_it_is_read(t):
    props(t, "FailedQueue")["VisibilityTimeout"] = 30


@fault("each_read_queue_outlives_its_reader")
def a_poisonous_message_goes_round_for_ever(t):
    del props(t, "UndeliveredQueue")["RedrivePolicy"]


# ------------------------------------------------------------------ state and alarms


@fault("the_table_can_be_restored")
def the_table_goes_with_the_stack(t):
    t["Resources"]["Table"]["DeletionPolicy"] = "Delete"


@fault("the_table_has_its_three_indexes")
def an_index_lost_its_range_key(t):
    props(t, "Table")["GlobalSecondaryIndexes"][0]["KeySchema"].pop()


@fault("each_queue_keeps_its_messages_encrypted_and_long")
def a_queue_forgets_after_four_days(t):
    del props(t, "UnparkedQueue")["MessageRetentionPeriod"]


@fault("nothing_has_a_name_that_could_clash")
def a_queue_has_a_fixed_name(t):
    props(t, "FailedQueue")["QueueName"] = "baton-failed"


@fault("nothing_has_a_name_that_could_clash")
def the_schedule_takes_the_name_sam_gives_it(t):
    del event(t, "SlaCheckFunction", "EveryMinute")["OmitName"]


@fault("each_function_is_watched")
def an_alarm_overlooks_a_function(t):
    metrics = props(t, "ErrorsAlarm")["Metrics"]
    metrics[:] = [one for one in metrics if one["Id"] != "relay"]


@fault("slow_runs_are_measured_against_each_time_out")
def a_time_out_changes_and_its_alarm_does_not(t):
    props(t, "InvoiceFunction")["Timeout"] = 90


@fault("each_queue_and_the_stream_are_watched")
def nobody_watches_the_last_queue(t):
    del t["Resources"]["UnparkedAlarm"]


@fault("each_alarm_reaches_the_alarm_address")
def an_alarm_mails_nobody(t):
    del props(t, "RelayBehindAlarm")["AlarmActions"]


# ------------------------------------------------------------------ who may do what


@fault("roles")
def a_role_lacks_what_its_code_calls(t):
    remove_action(statements(t, "StartCaseRole"), "dynamodb:PutItem")


@fault("roles")
def a_role_allows_what_its_code_never_calls(t):
    statements(t, "NotifyRole").append(
        {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    )


@fault("roles")
def a_role_cannot_reach_the_failure_queue(t):
    remove_action(statements(t, "InvoiceRole"), "sqs:SendMessage")


@fault("roles")
def a_role_may_mail_as_anyone(t):
    for statement in statements(t, "NotifyRole"):
        if statement["Action"] == "ses:SendRawEmail":
            del statement["Condition"]


@fault("roles")
def a_role_may_not_send_under_the_name_that_tells_of_bounces(t):
    for statement in statements(t, "InvoiceRole"):
        if statement["Action"] == "ses:SendRawEmail":
            statement["Resource"] = statement["Resource"][0]


@fault("each_rule_is_on_our_bus_with_one_target")
def a_rule_hears_of_everybodys_mails(t):
    del event(t, "AdvanceCaseFunction", "MailsReturned")["Pattern"]["detail"]


@fault("what_comes_back_of_a_mail_is_heard")
def nobody_is_told_of_complaints(t):
    props(t, "MailsThatComeBack")["EventDestination"]["MatchingEventTypes"].remove("complaint")


@fault("roles")
def a_role_may_claim_any_source(t):
    for statement in statements(t, "RelayRole"):
        if statement["Action"] == "events:PutEvents":
            del statement["Condition"]


@fault("roles")
def a_tools_function_may_read_the_key_of_links(t):
    role = statements(t, "WebhookRole")
    role[:] = [statement for statement in role if statement["Effect"] != "Deny"]


@fault("roles")
def a_signer_of_links_may_read_every_secret(t):
    for statement in statements(t, "NotifyRole"):
        if statement["Action"] == "ssm:GetParameter":
            statement["Resource"]["Fn::Sub"] = statement["Resource"]["Fn::Sub"].replace("/links", "/*")


@fault("roles")
def a_function_is_not_told_its_bus(t):
    del props(t, "RelayFunction")["Environment"]["Variables"]["BATON_BUS"]


@fault("roles")
def the_schedule_cannot_reach_its_queue(t):
    remove_action(statements(t, "EveryMinuteRole"), "sqs:SendMessage")


@fault("wildcards")
def a_role_may_do_anything_to_the_table(t):
    statements(t, "ParkRole").append(
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    )


@fault("wildcards")
def a_role_reads_every_table(t):
    statements(t, "ParkRole").append({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"})


@fault("people")
def the_reader_may_write(t):
    props(t, "ReaderPolicy")["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    )


@fault("people")
def the_operator_cannot_send_an_event(t):
    kept = [s for s in props(t, "OperatorPolicy")["PolicyDocument"]["Statement"] if s["Action"] != "events:PutEvents"]
    props(t, "OperatorPolicy")["PolicyDocument"]["Statement"] = kept


@fault("people")
def the_operator_opens_the_board_with_one_permission(t):
    kept = [s for s in props(t, "OperatorPolicy")["PolicyDocument"]["Statement"] if s["Action"] != "lambda:InvokeFunction"]
    props(t, "OperatorPolicy")["PolicyDocument"]["Statement"] = kept


# ------------------------------------------------------------------ what a linter knows


@fault("lint")
def a_reference_to_nothing(t):
    statements(t, "RelayRole")[0]["Resource"] = {"Fn::GetAtt": ["RelayLogs", "Arn"]}


@fault("lint")
def an_architecture_that_does_not_exist(t):
    t["Parameters"]["Architecture"]["Default"] = "arm32"


@fault("lint")
def an_index_name_that_is_too_short(t):
    props(t, "Table")["GlobalSecondaryIndexes"][0]["IndexName"] = "du"


def remove_action(policy, action):
    for statement in policy:
        actions = sam.as_list(statement["Action"])
        if action in actions:
            statement["Action"] = [one for one in actions if one != action]
    policy[:] = [statement for statement in policy if statement["Action"]]
