//! What this process takes of the memory, as far as the system tells.

/// Bytes in memory now. `None` where the system does not say (it is not Linux).
pub(super) fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// The most bytes that were in memory at once since the start. `None` as in [`resident`].
pub(super) fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// A line `name   123 kB` of what Linux says of a process.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
