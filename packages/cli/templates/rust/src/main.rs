//! The mean of the numbers in an input, one per line, and a report with count and sum.
//! A program for WASI: arguments come as pairs, files are in /inputs and /outputs, standard output is the result, standard error
//! the log.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

fn run() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let arguments: HashMap<_, _> = words.chunks_exact(2).map(|pair| (&pair[0][..], &pair[1][..])).collect();
    let digits: usize = arguments.get("digits").unwrap_or(&"3").parse().map_err(|_| "digits is no number")?;
    let input = File::open("/inputs/numbers").map_err(|error| error.to_string())?;
    let (mut count, mut sum) = (0u32, 0f64);
    for (index, line) in BufReader::new(input).lines().enumerate() {
        let line = line.map_err(|error| error.to_string())?;
        if line.trim().is_empty() {
            continue;
        }
        // Whoever may see an error message may see no data in it: say where, not what.
        sum += line.trim().parse::<f64>().map_err(|_| format!("Line {} is no number.", index + 1))?;
        count += 1;
    }
    let mut report = File::create("/outputs/report").map_err(|error| error.to_string())?;
    write!(report, "count {count}\nsum {sum}\n").map_err(|error| error.to_string())?;
    print!("{{\"mean\":{:.*}}}", digits, sum / f64::from(count));
    Ok(())
}

fn main() {
    if let Err(message) = run() {
        eprintln!("{message}");
        std::process::exit(1);
    }
}
