//! What the host and its functions use: CPU time and memory, as the kernel counts them.
//! It must not know what they do.

use tests::process::Process;

/// Clock ticks of the kernel's CPU times in a second; Linux has stated 100 to programs for decades.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Default)]
pub struct Usage {
    pub host_ms: f64,
    pub functions_ms: f64,
    /// Shared pages are counted once.
    pub memory_mib: f64,
    pub processes: usize,
}

impl Usage {
    pub fn of(process: &Process) -> Self {
        let host = process.id().expect("it runs");
        let functions = process.functions();
        let mut usage = Usage {
            host_ms: cpu_ms(host),
            memory_mib: memory_mib(host),
            processes: functions.len() + 1,
            ..Usage::default()
        };
        for (id, _) in functions {
            usage.functions_ms += cpu_ms(id);
            usage.memory_mib += memory_mib(id);
        }
        usage
    }

    pub fn since(&self, before: &Usage) -> Usage {
        Usage {
            host_ms: self.host_ms - before.host_ms,
            functions_ms: self.functions_ms - before.functions_ms,
            ..Usage::default()
        }
    }

    pub fn cpu_ms(&self) -> f64 {
        self.host_ms + self.functions_ms
    }
}

fn cpu_ms(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // utime and stime are the 12th and 13th field after the name.
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks * 1000.0 / TICKS_PER_SECOND
}

fn memory_mib(process: u32) -> f64 {
    let rollup =
        std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let share = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = share.and_then(|share| share.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
