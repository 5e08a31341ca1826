//! Log lines as Lambda's own settings want them: `AWS_LAMBDA_LOG_FORMAT` (`JSON` or text), `AWS_LAMBDA_LOG_LEVEL`.
//! It must not filter by module: the expressions for that cost more than everything else a small function starts with.

use std::io::stdout;

use tracing::level_filters::LevelFilter;

/// From now on, whatever is traced goes to standard output, which Lambda collects.
pub(crate) fn begin() {
    // An empty text would be read as "errors only".
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok();
    let level = level.filter(|level| !level.is_empty());
    let level = level.and_then(|level| level.parse().ok());
    let format = std::env::var("AWS_LAMBDA_LOG_FORMAT").unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_target(false)
        .without_time()
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .with_writer(stdout);
    // Whoever has begun already, such as a test, keeps its own.
    let _ = if format.eq_ignore_ascii_case("json") {
        tracing::subscriber::set_global_default(lines.json().finish())
    } else {
        tracing::subscriber::set_global_default(lines.finish())
    };
}
