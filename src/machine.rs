//! What the machine has and what this process takes of it, as far as the system tells: for plans, and for front
//! ends that choose how much memory a run may use.

use crate::plan::Available;
use std::path::Path;

/// Bytes of memory: of the machine, or of a container where that has less. `None` where the system does not say.
pub fn memory() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    Some(system.total_memory().min(limit)).filter(|bytes| *bytes > 0)
}

/// Bytes that this process has in memory now. `None` where the system does not say (it is not Linux).
pub fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// The most bytes that were in memory at once since the start. `None` as in [`resident`].
pub fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Threads of all processes that want a core, averaged over the last minute.
pub fn load() -> Option<f64> {
    Some(sysinfo::System::load_average().one).filter(|load| *load > 0.0)
}

/// How to ask for the processor time of this process, in seconds.
pub fn processor_time() -> Option<fn() -> f64> {
    #[cfg(unix)]
    return Some(|| {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    });
    #[cfg(not(unix))]
    None
}

/// What a run of this process may take: of memory, of address space, and of the disks of two folders.
pub fn available(temp_dir: &Path, output_dir: &Path) -> Available {
    let own = resident().unwrap_or(0);
    let (temporary, of_temporary) = free_disk(temp_dir);
    let (output, of_output) = free_disk(output_dir);
    Available {
        memory: free_memory().map(|bytes| bytes + own),
        address_space: address_space_left().map(|bytes| bytes + own),
        temporary,
        output,
        one_disk: of_temporary.is_some() && of_temporary == of_output,
    }
}

/// Bytes of memory that can still be had: of the machine, with what can be swapped out, or of a
/// container, whichever is less.
fn free_memory() -> Option<u64> {
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
fn address_space_left() -> Option<u64> {
    #[cfg(unix)]
    return {
        let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
        Some(limit.saturating_sub(status("VmSize:")?))
    };
    #[cfg(not(unix))]
    None
}

/// Bytes that are free in a folder, and which disk it is on.
#[cfg(unix)]
fn free_disk(folder: &Path) -> (Option<u64>, Option<u64>) {
    use std::os::unix::fs::MetadataExt;
    let disk = rustix::fs::statvfs(folder).ok();
    let device = std::fs::metadata(folder).ok();
    (disk.map(|disk| disk.f_bavail * disk.f_frsize), device.map(|about| about.dev()))
}

#[cfg(not(unix))]
fn free_disk(_: &Path) -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// A line `name   123 kB` of what Linux says of a process.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
