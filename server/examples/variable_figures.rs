//! Figures of variables: what a service gets of 2,000 definitions, and reading a file of 1,000. Part of `make bench`.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that fails shall say where"
)]
#![allow(clippy::print_stdout, reason = "figures are for whoever measures")]

use std::hint::black_box;
use std::time::Instant;

use domain::effective::{Definition, effective};
use domain::import::{Format, parse};

/// Most milliseconds for resolving 2,000 definitions.
const BUDGET: f64 = 5.0;
const DEFINITIONS: usize = 2_000;
const ROUNDS: usize = 200;

fn main() {
    // Every tenth mentions two others, one of which mentions a third.
    let definitions: Vec<(String, String)> = (0..DEFINITIONS)
        .map(|n| {
            let value = match n % 10 {
                0 => format!("https://{{{{KEY_{}}}}}/{{{{KEY_{}}}}}", n + 1, n + 2),
                1 => format!("host-{{{{KEY_{}}}}}", n + 4),
                _ => format!("a value of some length, number {n}"),
            };
            (format!("KEY_{n}"), value)
        })
        .collect();
    let resolved = median(|| {
        let all = definitions.iter().map(|(key, value)| Definition {
            key,
            value,
            secret: false,
            interpolated: true,
        });
        let values = effective(black_box(all));
        assert!(values.values().all(|one| one.value.is_ok()));
        values.len()
    });
    let mark = if resolved <= BUDGET {
        "ok    "
    } else {
        "MISSED"
    };
    println!(
        "{mark} {:<52} {resolved:>9.2} ms  (budget {BUDGET})",
        "2,000 variables resolved"
    );
    let file: String = definitions
        .iter()
        .take(1_000)
        .map(|(key, value)| format!("# What {key} is for\n{key}='{value}'\n"))
        .collect();
    let read = median(|| parse(Format::Dotenv, black_box(&file)).unwrap().len());
    println!(
        "       {:<52} {read:>9.2} ms",
        "a .env file of 1,000 entries read"
    );
}

/// The middle one of many runs, in milliseconds.
fn median(run: impl Fn() -> usize) -> f64 {
    let mut took: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            black_box(run());
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[ROUNDS / 2]
}
