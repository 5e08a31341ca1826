//! Every way through every starter, as a table. That none is left out is counted from what the cases have recorded.

use super::play::Says::{self, Chooses, Done, Ends, Event, EventWith, Nothing, TicksAll};
use super::play::Stands::{self, Completed, Open, Stopped};
use super::play::{Start, Way};

const LEAD: Start = Start::of("new_lead", "lead.created");
const TICKET: Start = Start::of("support_ticket", "ticket.created");
const ESCALATION: Start = Start::of("ticket_escalation", "ticket.escalated");
const PROPOSAL: Start = Start::of("proposal", "proposal.drafted");
const SMALL: Start = PROPOSAL.with("value_cents", "2499999");
const LARGE: Start = PROPOSAL.with("value_cents", "2500000");
const DISPUTE: Start = Start::of("invoice_dispute", "invoice.disputed");
const ENVIRONMENT: Start = Start::of("provision_environment", "environment.requested");
const LEAVE: Start = Start::of("time_off", "time_off.requested");
const ISSUE: Start = Start::of("ready_for_qa", "issue.started");
const PAYROLL: Start = Start::of("payroll", "schedule.reached");
const AUDIT: Start =
    Start::of("monthly_audit", "schedule.reached").with("workflow", "monthly_audit");
const ATTENTION: Start = Start::of("invoice_attention", "invoice.attention");
const MILESTONE: Start = Start::of("milestone_to_cash", "milestone.done");
/// A milestone of the client whose invoices above a limit somebody approves, see [`LIMITED`].
const APPROVAL: Start = Start::of("invoice_approval", "milestone.done").with("client_id", LIMITED);
const CONTRACT: Start = Start::of("contract_to_kickoff", "contract.signed");
/// Work that nobody who leads projects can do.
const UNSKILLED: Start = CONTRACT.with("service", "sail_making");

/// The client whose invoices the test puts under a limit.
pub const LIMITED: &str = "orchard";

const YES: Says = EventWith("proposal.answered", "answer", "accepted");
const NO: Says = EventWith("proposal.answered", "answer", "declined");
const CLIENT_REPLIES: Says = EventWith("ticket.replied", "by", "client");

const fn way(start: Start, says: &'static [Says], stands: Stands) -> Way {
    Way {
        start,
        says,
        stands,
    }
}

#[rustfmt::skip]
pub const WAYS: &[Way] = &[
    way(LEAD, &[Ends("call", "qualified"), Done("propose")], Completed),
    way(LEAD, &[Ends("call", "not_a_fit")], Stopped),
    way(LEAD, &[Ends("call", "no_answer"), Ends("call_again", "no_answer"), Ends("call_again", "qualified"), Done("propose")], Completed),
    way(LEAD, &[Ends("call", "no_answer"), Ends("call_again", "not_a_fit")], Stopped),
    way(LEAD, &[Ends("call", "no_answer"), Ends("call_again", "no_answer"), Ends("call_again", "no_answer"), Ends("call_again", "no_answer"), Ends("call_again", "not_a_fit")], Stopped),

    way(TICKET, &[Done("solve")], Completed),
    way(TICKET, &[Event("ticket.replied"), Event("ticket.solved")], Completed),
    way(TICKET, &[Event("ticket.waiting"), Done("solve")], Completed),
    way(TICKET, &[Event("ticket.replied"), CLIENT_REPLIES, Done("solve")], Completed),
    // It waits on the client, is less urgent, and comes back after it was solved.
    way(TICKET, &[Event("ticket.replied"), Event("ticket.waiting"), CLIENT_REPLIES, EventWith("ticket.changed", "priority", "low"), Event("ticket.solved"), CLIENT_REPLIES, Event("ticket.solved")], Completed),

    way(ESCALATION, &[Chooses("decide", "take_over"), Done("solve")], Completed),
    way(ESCALATION, &[Chooses("decide", "leave_it")], Completed),

    way(DISPUTE, &[Done("answer"), Chooses("settle", "they_are_right"), Done("correct")], Completed),
    way(DISPUTE, &[Done("answer"), Chooses("settle", "we_are_right")], Completed),

    way(ENVIRONMENT, &[TicksAll("set_up"), Ends("check", "ready")], Completed),
    way(ENVIRONMENT, &[TicksAll("set_up"), Ends("check", "not_ready")], Open),
    way(ENVIRONMENT, &[TicksAll("set_up"), Ends("check", "not_ready"), TicksAll("set_up"), Ends("check", "not_ready"), TicksAll("set_up"), Ends("check", "ready")], Completed),

    way(LEAVE, &[Chooses("decide", "yes_it_fits")], Completed),
    way(LEAVE, &[Chooses("decide", "no_not_then"), Done("talk")], Completed),

    way(ISSUE, &[Done("build"), Ends("qa", "passed")], Completed),
    way(ISSUE, &[Done("build"), Ends("qa", "rejected"), Done("build"), Ends("qa", "passed")], Completed),
    way(ISSUE, &[Done("build"), Ends("qa", "rejected"), Done("build"), Ends("qa", "rejected"), Done("build"), Ends("qa", "rejected"), Done("build"), Ends("qa", "passed")], Completed),

    way(PAYROLL, &[TicksAll("collect"), Chooses("release", "release"), Done("pay")], Completed),
    way(PAYROLL, &[TicksAll("collect"), Chooses("release", "mend_first"), TicksAll("collect"), Chooses("release", "release"), Done("pay")], Completed),

    way(AUDIT, &[TicksAll("look"), Chooses("gaps", "yes_and_it_is_named"), Done("cover"), Done("close")], Completed),
    way(AUDIT, &[TicksAll("look"), Chooses("gaps", "all_covered"), Done("close")], Completed),

    way(ATTENTION, &[Done("mend")], Completed),
    way(MILESTONE, &[], Completed),
    way(APPROVAL, &[Chooses("approve", "approve")], Completed),
    way(APPROVAL, &[Chooses("approve", "decline")], Completed),

    // Two people can lead a web shop, each has room for one: from the third contract on somebody decides.
    way(CONTRACT, &[TicksAll("onboarding"), Done("kickoff"), Done("plan"), Done("first_version"), Done("final_version"), Done("handover")], Completed),
    way(CONTRACT, &[TicksAll("onboarding"), Done("kickoff")], Completed),
    way(UNSKILLED, &[Chooses("ask_for_capacity", "decline")], Stopped),
    way(CONTRACT, &[Chooses("ask_for_capacity", "overload"), TicksAll("onboarding"), Done("kickoff")], Completed),
    way(CONTRACT, &[Chooses("ask_for_capacity", "move_date"), Nothing(21), Chooses("ask_for_capacity", "move_date"), TicksAll("onboarding"), Done("kickoff")], Completed),

    way(SMALL, &[Done("send"), YES, Done("contract")], Completed),
    way(SMALL, &[Done("send"), NO, Done("learn")], Completed),
    way(SMALL, &[Done("send")], Open),
    way(LARGE, &[Chooses("approve_price", "send_it"), Done("send"), YES, Done("contract")], Completed),
    way(LARGE, &[Chooses("approve_price", "withdraw")], Stopped),
    // Nobody answers: somebody asks, and asks again, until it is lost or won.
    way(SMALL, &[Done("send"), Nothing(9), Ends("chase", "still_thinking"), Nothing(9), Ends("chase", "still_thinking"), Nothing(9), Ends("chase", "still_thinking"), Nothing(9), Ends("chase", "lost"), Done("learn")], Completed),
];
