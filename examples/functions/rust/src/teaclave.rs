//! The five functions that a host offers, as readers and writers.

use std::ffi::CString;
use std::io::{self, Read, Write};
use std::os::raw::{c_char, c_int, c_void};

#[link(wasm_import_module = "env")]
extern "C" {
    fn teaclave_open_input(name: *const c_char) -> c_int;
    fn teaclave_create_output(name: *const c_char) -> c_int;
    fn teaclave_read_file(handle: c_int, buffer: *mut c_void, size: c_int) -> c_int;
    fn teaclave_write_file(handle: c_int, bytes: *const c_void, size: c_int) -> c_int;
    fn teaclave_close_file(handle: c_int) -> c_int;
}

fn check(value: c_int, what: &str) -> io::Result<c_int> {
    if value < 0 {
        return Err(io::Error::new(io::ErrorKind::Other, what.to_string()));
    }
    Ok(value)
}

struct Handle(c_int);

impl Drop for Handle {
    fn drop(&mut self) {
        unsafe { teaclave_close_file(self.0) };
    }
}

pub struct Input(Handle);

impl Input {
    pub fn open(name: &str) -> io::Result<Self> {
        let name = CString::new(name)?;
        Ok(Self(Handle(check(unsafe { teaclave_open_input(name.as_ptr()) }, "open")?)))
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = buffer.len().min(i32::MAX as usize) as c_int;
        let got = unsafe { teaclave_read_file(self.0 .0, buffer.as_mut_ptr().cast(), size) };
        Ok(check(got, "read")? as usize)
    }
}

pub struct Output(Handle);

impl Output {
    pub fn create(name: &str) -> io::Result<Self> {
        let name = CString::new(name)?;
        Ok(Self(Handle(check(unsafe { teaclave_create_output(name.as_ptr()) }, "create")?)))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len().min(i32::MAX as usize) as c_int;
        let written = unsafe { teaclave_write_file(self.0 .0, bytes.as_ptr().cast(), size) };
        Ok(check(written, "write")? as usize)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
