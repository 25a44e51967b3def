//! What this process takes of the memory, as far as the system tells.

/// Bytes in memory now. `None` where the system does not say (it is not Linux).
pub(super) fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// The most bytes that were in memory at once since the start. `None` as in [`resident`].
pub(super) fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Bytes of memory that can still be had: of the machine, with what can be swapped out, or of a
/// container, whichever is less.
pub(super) fn available() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let machine = system.available_memory() + system.free_swap();
    // What a container's processes hold; its page cache goes when memory is wanted.
    let container = system.cgroup_limits().map_or(u64::MAX, |limits| {
        (limits.total_memory.saturating_sub(limits.rss)).saturating_add(limits.free_swap)
    });
    Some(machine.min(container)).filter(|bytes| *bytes > 0)
}

/// Bytes of address space that `ulimit -v` leaves to this process. `None` where there is no limit.
#[cfg(unix)]
pub(super) fn address_space_left() -> Option<u64> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
    Some(limit.saturating_sub(status("VmSize:")?))
}

#[cfg(not(unix))]
pub(super) fn address_space_left() -> Option<u64> {
    None
}

/// A line `name   123 kB` of what Linux says of a process.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
