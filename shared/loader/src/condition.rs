//! Reads a condition: a bounded subset of CEL, checked on the parsed tree, into the tree that is stored and answered.
//! Nothing is evaluated here, and nothing outside the subset ever is.

use std::str::FromStr;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::parser::PrattParser;
use domain::condition::{Comparison, Condition, Expression, Operation, Part};
use rust_decimal::Decimal;

use crate::fields::{Text, short};
use crate::names::{Names, Shape};
use crate::problem::Sink;

const MAX_BYTES: usize = 512;
const MAX_NODES: usize = 64;
const MAX_DEPTH: usize = 16;

#[cfg(test)]
mod tests;

/// What an expression comes to, as far as it can be known before there is an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Number,
    Text,
    List,
    Group,
    Nothing,
    Any,
}

/// Why a condition is refused, and what to write instead.
struct Refused {
    message: String,
    help: String,
}

fn refuse<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused {
        message: message.into(),
        help: help.into(),
    })
}

/// `None`, and told under V11 or V12, when the condition is not one that always ends and can be true and false.
/// The paths it reads are added to `paths`.
pub(crate) fn read(
    text: Text<'_>,
    names: &Names,
    paths: &mut Vec<String>,
    sink: Sink<'_>,
) -> Option<Condition> {
    let mut reading = Reading {
        names,
        paths: Vec::new(),
        nodes: 0,
        element: None,
    };
    match reading.whole(text.text) {
        Ok(rule) => {
            paths.append(&mut reading.paths);
            Some(Condition {
                text: text.text.to_owned(),
                rule,
            })
        }
        Err(refused) => {
            sink.error("V11", text.at, refused.message, refused.help);
            None
        }
    }
}

struct Reading<'a> {
    names: &'a Names,
    paths: Vec<String>,
    nodes: usize,
    /// Inside a quantifier: what its element is called.
    element: Option<String>,
}

type Read = Result<(Expression, Kind), Refused>;

impl Reading<'_> {
    fn whole(&mut self, source: &str) -> Result<Expression, Refused> {
        if source.len() > MAX_BYTES {
            return refuse(
                format!(
                    "this condition is {} bytes long; at most {MAX_BYTES} are read",
                    source.len()
                ),
                "split it: let one branch lead to the next",
            );
        }
        let parser = PrattParser::new()
            .max_recursion_depth(2 * MAX_DEPTH as u16)
            .max_expression_node_count(8 * MAX_NODES);
        let tree = parser.parse(source).or_else(|errors| {
            let first = errors
                .errors
                .first()
                .map_or("it can not be read", |error| &error.msg);
            refuse(
                format!(
                    "this is no condition: {}",
                    first.trim_start_matches("Syntax error: ")
                ),
                "write it like `value_cents >= 500000 && client.id != \"summit\"`",
            )
        })?;
        let (rule, kind) = self.expression(&tree, 1)?;
        if !matches!(kind, Kind::Bool | Kind::Any) {
            return refuse(
                format!("this is {}, which is neither true nor false", what(kind)),
                "compare it with something, such as `… > 0`",
            );
        }
        if self.paths.is_empty() {
            return refuse(
                "this condition is the same for every case: it names no value",
                "compare one of the values in `data`",
            );
        }
        Ok(rule)
    }

    fn expression(&mut self, tree: &IdedExpr, depth: usize) -> Read {
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return refuse(
                format!("this condition is too large: at most {MAX_NODES} parts, {MAX_DEPTH} deep"),
                "split it: let one branch lead to the next",
            );
        }
        match &tree.expr {
            Expr::Literal(literal) => constant(literal),
            Expr::Ident(_) => self.path(tree),
            Expr::Select(select) if select.test => {
                let path = spelled(&select.operand).map(|path| format!("{path}.{}", select.field));
                let path = path.ok_or_else(not_a_path)?;
                self.known(path.split('.').next().unwrap_or_default())?;
                self.paths.push(path.clone());
                Ok((Expression::Has(path), Kind::Bool))
            }
            Expr::Select(_) => self.path(tree),
            Expr::List(list) => {
                let mut items = Vec::new();
                for item in &list.elements {
                    items.push(self.expression(item, depth + 1)?.0);
                }
                Ok((Expression::List(items), Kind::List))
            }
            Expr::Comprehension(comprehension) => self.quantified(comprehension, depth),
            Expr::Call(call) => self.call(tree, call, depth),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                refuse("a condition makes no groups", "name the values it compares")
            }
        }
    }

    fn call(&mut self, tree: &IdedExpr, call: &CallExpr, depth: usize) -> Read {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [left, right]) => {
                let parts = vec![
                    self.of(left, Kind::Bool, depth)?,
                    self.of(right, Kind::Bool, depth)?,
                ];
                Ok((Expression::All(parts), Kind::Bool))
            }
            (operators::LOGICAL_OR, None, [left, right]) => {
                let parts = vec![
                    self.of(left, Kind::Bool, depth)?,
                    self.of(right, Kind::Bool, depth)?,
                ];
                Ok((Expression::Any(parts), Kind::Bool))
            }
            (operators::LOGICAL_NOT, None, [inner]) => {
                let inner = self.of(inner, Kind::Bool, depth)?;
                Ok((Expression::Not(Box::new(inner)), Kind::Bool))
            }
            (operators::NEGATE, None, [inner]) => {
                let inner = self.of(inner, Kind::Number, depth)?;
                Ok((Expression::Negative(Box::new(inner)), Kind::Number))
            }
            (operators::IN, None, [item, list]) => {
                let item = self.expression(item, depth + 1)?.0;
                let (list, kind) = self.expression(list, depth + 1)?;
                match kind {
                    Kind::List | Kind::Group | Kind::Any => {
                        Ok((Expression::In(Box::new(item), Box::new(list)), Kind::Bool))
                    }
                    other => refuse(
                        format!("`in` looks into a list, not into {}", what(other)),
                        "write the list out: `skill in [\"rust\", \"cloud\"]`",
                    ),
                }
            }
            (operators::INDEX, None, [_, _]) => self.path(tree),
            ("size", Some(inner), []) | ("size", None, [inner]) => {
                let inner = self.expression(inner, depth + 1)?.0;
                Ok((Expression::Size(Box::new(inner)), Kind::Number))
            }
            ("startsWith", Some(whole), [piece]) => self.part(Part::Start, whole, piece, depth),
            ("endsWith", Some(whole), [piece]) => self.part(Part::End, whole, piece, depth),
            ("contains", Some(whole), [piece]) => self.part(Part::Anywhere, whole, piece, depth),
            (_, None, [left, right]) => self.two_sided(name, left, right, depth),
            _ => unknown(name),
        }
    }

    fn two_sided(&mut self, name: &str, left: &IdedExpr, right: &IdedExpr, depth: usize) -> Read {
        let operation = match name {
            operators::ADD => Some(Operation::Add),
            operators::SUBSTRACT => Some(Operation::Subtract),
            operators::MULTIPLY => Some(Operation::Multiply),
            _ => None,
        };
        if let Some(operation) = operation {
            let (left, right) = (
                self.of(left, Kind::Number, depth)?,
                self.of(right, Kind::Number, depth)?,
            );
            let calculated = Expression::Calculate(operation, Box::new(left), Box::new(right));
            return Ok((calculated, Kind::Number));
        }
        let comparison = match name {
            operators::EQUALS => Comparison::Equal,
            operators::NOT_EQUALS => Comparison::NotEqual,
            operators::LESS => Comparison::Less,
            operators::LESS_EQUALS => Comparison::AtMost,
            operators::GREATER => Comparison::More,
            operators::GREATER_EQUALS => Comparison::AtLeast,
            _ => return unknown(name),
        };
        let (left, one) = self.expression(left, depth + 1)?;
        let (right, other) = self.expression(right, depth + 1)?;
        let has_order = |kind| matches!(kind, Kind::Any | Kind::Number | Kind::Text);
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let fits = one == Kind::Any || other == Kind::Any || one == other
            // Whether a value is there at all may always be asked.
            || (!is_order && (one == Kind::Nothing || other == Kind::Nothing));
        if !fits || (is_order && !(has_order(one) && has_order(other))) {
            return refuse(
                format!("{} is compared with {}", what(one), what(other)),
                "compare numbers with numbers and texts with texts",
            );
        }
        Ok((
            Expression::Compare(comparison, Box::new(left), Box::new(right)),
            Kind::Bool,
        ))
    }

    fn part(&mut self, part: Part, whole: &IdedExpr, piece: &IdedExpr, depth: usize) -> Read {
        let (whole, piece) = (
            self.of(whole, Kind::Text, depth)?,
            self.of(piece, Kind::Text, depth)?,
        );
        Ok((
            Expression::Part(part, Box::new(whole), Box::new(piece)),
            Kind::Bool,
        ))
    }

    /// An expression that must come to `wanted`.
    fn of(&mut self, tree: &IdedExpr, wanted: Kind, depth: usize) -> Result<Expression, Refused> {
        let (expression, kind) = self.expression(tree, depth + 1)?;
        if kind == wanted || kind == Kind::Any {
            return Ok(expression);
        }
        refuse(
            format!("{} is where {} must be", what(kind), what(wanted)),
            match wanted {
                Kind::Bool => "compare it with something, such as `… == \"high\"`",
                _ => "mend the types: nothing is converted by itself",
            },
        )
    }

    /// `items.exists(item, …)` and `items.all(item, …)`, as the parser spells them out.
    fn quantified(&mut self, comprehension: &ComprehensionExpr, depth: usize) -> Read {
        let every = match &comprehension.loop_step.expr {
            Expr::Call(call) if call.func_name == operators::LOGICAL_OR => false,
            Expr::Call(call) if call.func_name == operators::LOGICAL_AND => true,
            _ => return unknown("map"),
        };
        let is_result = |tree: &IdedExpr| matches!(&tree.expr, Expr::Ident(name) if *name == comprehension.accu_var);
        let Expr::Call(CallExpr { args, .. }) = &comprehension.loop_step.expr else {
            return unknown("map");
        };
        let ([result, holds], true) = (args.as_slice(), is_result(&comprehension.result)) else {
            return unknown("exists_one");
        };
        if !is_result(result) {
            return unknown("map");
        }
        if self.element.is_some() {
            return refuse(
                "one quantifier stands inside another",
                "ask for one list at a time, in two branches",
            );
        }
        let (range, _) = self.path(&comprehension.iter_range)?;
        let Expression::Value(over) = range else {
            return Err(not_a_path());
        };
        self.element = Some(comprehension.iter_var.clone());
        let holds = self.of(holds, Kind::Bool, depth);
        self.element = None;
        let quantified = Expression::Quantified {
            every,
            over,
            holds: Box::new(holds?),
        };
        Ok((quantified, Kind::Bool))
    }

    fn path(&mut self, tree: &IdedExpr) -> Read {
        let path = spelled(tree).ok_or_else(not_a_path)?;
        let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
        if self.element.as_deref() == Some(first) {
            return Ok((Expression::Element(rest.to_owned()), Kind::Any));
        }
        let shape = self.names.at(&path).map_err(|nowhere| Refused {
            message: nowhere.message,
            help: nowhere.help,
        })?;
        self.paths.push(path.clone());
        let kind = match shape {
            Shape::PersonId => Kind::Text,
            shape if shape.is_whole() => Kind::Group,
            _ => Kind::Any,
        };
        Ok((Expression::Value(path), kind))
    }

    fn known(&self, name: &str) -> Result<(), Refused> {
        match self.names.at(name) {
            Ok(_) => Ok(()),
            Err(nowhere) => refuse(nowhere.message, nowhere.help),
        }
    }
}

fn not_a_path() -> Refused {
    Refused {
        message: "only a value of the case can stand here".into(),
        help: "name it by its path, such as `client.id`".into(),
    }
}

/// A dotted path, `a.b` or `a[0].b`; `None` when it is anything else.
fn spelled(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", spelled(&select.operand)?, select.field))
        }
        Expr::Call(CallExpr {
            func_name,
            target: None,
            args,
        }) if func_name == operators::INDEX => {
            let [operand, index] = args.as_slice() else {
                return None;
            };
            let key = match &index.expr {
                Expr::Literal(LiteralValue::Int(place)) => place.inner().to_string(),
                Expr::Literal(LiteralValue::String(key)) if !key.inner().contains('.') => {
                    key.inner().to_owned()
                }
                _ => return None,
            };
            Some(format!("{}.{key}", spelled(operand)?))
        }
        _ => None,
    }
}

fn constant(literal: &LiteralValue) -> Read {
    let number = |text: String| {
        Decimal::from_str(&text).or_else(|_| {
            refuse(
                format!("{} is no number that can be compared exactly", short(&text)),
                "write it with fewer digits",
            )
        })
    };
    Ok(match literal {
        LiteralValue::Boolean(truth) => (Expression::Bool(*truth.inner()), Kind::Bool),
        LiteralValue::Int(int) => (
            Expression::Number(number(int.inner().to_string())?),
            Kind::Number,
        ),
        LiteralValue::UInt(int) => (
            Expression::Number(number(int.inner().to_string())?),
            Kind::Number,
        ),
        LiteralValue::Double(double) => (
            Expression::Number(number(double.inner().to_string())?),
            Kind::Number,
        ),
        LiteralValue::String(text) => (Expression::Text(text.inner().to_owned()), Kind::Text),
        LiteralValue::Null => (Expression::Null, Kind::Nothing),
        LiteralValue::Bytes(_) => {
            return refuse("a condition compares no bytes", "write a text: `\"…\"`");
        }
    })
}

fn unknown<T>(name: &str) -> Result<T, Refused> {
    let (message, help) = match name {
        operators::DIVIDE | operators::MODULO => (
            "a condition does not divide".to_owned(),
            "multiply the other side instead: `a > 2 * b`",
        ),
        operators::CONDITIONAL => (
            "a condition has no `? :`".to_owned(),
            "join the two with `&&` and `||`",
        ),
        "matches" => (
            "a condition has no patterns".to_owned(),
            "use `startsWith`, `endsWith` or `contains`",
        ),
        "map" | "exists_one" => (
            "a condition makes no new list, by `map` or `filter`, and counts none by `exists_one`"
                .to_owned(),
            "use `exists` or `all`",
        ),
        other => (
            format!("a condition has no `{}`", short(other.trim_matches('_'))),
            "there is: == != < <= > >= && || ! in has startsWith endsWith contains size exists all + - *",
        ),
    };
    refuse(message, help)
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "a yes or no",
        Kind::Number => "a number",
        Kind::Text => "a text",
        Kind::List => "a list",
        Kind::Group => "a group of values",
        Kind::Nothing => "null",
        Kind::Any => "a value",
    }
}
