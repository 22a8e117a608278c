//! Which lines are in both of two files: private set intersection. Both outputs get the common lines, each once, in the order
//! of the first input, and a last line "done". The result is how many there are.
//! Arguments name the files: input_file_id1, input_file_id2, output_file_id1, output_file_id2.

mod teaclave;

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::raw::c_char;

use teaclave::{Input, Output};

fn lines(input: &str) -> io::Result<Vec<Vec<u8>>> {
    BufReader::new(Input::open(input)?)
        .split(b'\n')
        .map(|line| {
            line.map(|mut bytes| {
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                bytes
            })
        })
        .collect()
}

fn write_all(output: &str, common: &[&Vec<u8>]) -> io::Result<()> {
    let mut writer = BufWriter::new(Output::create(output)?);
    for line in common {
        writer.write_all(line)?;
        writer.write_all(b"\n")?;
    }
    writer.write_all(b"done\n")?;
    writer.flush()
}

fn intersect(arguments: &HashMap<String, String>) -> io::Result<i32> {
    let argument = |key: &str| {
        arguments
            .get(key)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, key.to_string()))
    };
    let first = lines(argument("input_file_id1")?)?;
    let second: HashSet<_> = lines(argument("input_file_id2")?)?.into_iter().collect();
    let mut seen = HashSet::new();
    let common: Vec<_> = first
        .iter()
        .filter(|line| !line.is_empty() && second.contains(*line) && seen.insert(*line))
        .collect();
    write_all(argument("output_file_id1")?, &common)?;
    write_all(argument("output_file_id2")?, &common)?;
    Ok(common.len() as i32)
}

/// # Safety
/// `argv` must point to `argc` C strings: key, value, key, value.
#[no_mangle]
pub unsafe extern "C" fn entrypoint(argc: i32, argv: *const *const c_char) -> i32 {
    let texts: Vec<String> = (0..argc as usize)
        .map(|index| CStr::from_ptr(*argv.add(index)).to_string_lossy().into_owned())
        .collect();
    let arguments = texts
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect();
    // A function that cannot go on traps: the task's result says so.
    intersect(&arguments).expect("files")
}
