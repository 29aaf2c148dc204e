//! How much memory this process may have.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that this process may fill: the machine's memory, or less where a control group says so.
pub fn available() -> u64 {
    control_groups(Path::new("/sys/fs/cgroup"), &own_group()).fold(machine(), u64::min)
}

/// Bytes of the machine.
fn machine() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let info = rustix::system::sysinfo();
        #[allow(clippy::useless_conversion, reason = "where a word has 32 bits, it is none")]
        u64::from(info.totalram).saturating_mul(u64::from(info.mem_unit))
    }
    #[cfg(not(target_os = "linux"))]
    {
        // Nobody says; a quarter of it is two checks by Django's parameters.
        1 << 30
    }
}

/// The path of this process's control group; `/` where there is none, or only those of version 1.
fn own_group() -> PathBuf {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"));
    PathBuf::from(own.unwrap_or("/"))
}

/// The limits of a control group and of those it is in: the least of them holds.
fn control_groups(root: &Path, own: &Path) -> impl Iterator<Item = u64> {
    let below = own.strip_prefix("/").unwrap_or(own);
    let groups: Vec<PathBuf> = below.ancestors().map(|group| root.join(group)).collect();
    groups.into_iter().filter_map(|group| limit(&group))
}

/// What `memory.max` says (version 2), or `memory.limit_in_bytes` (version 1).
fn limit(group: &Path) -> Option<u64> {
    ["memory.max", "memory/memory.limit_in_bytes"]
        .into_iter()
        .find_map(|file| fs::read_to_string(group.join(file)).ok()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_some() {
        assert!(available() > 16 << 20);
    }

    #[test]
    fn the_least_of_all_groups_holds() {
        let root = std::env::temp_dir().join(format!("drf-auth-cgroup-{}", std::process::id()));
        fs::create_dir_all(root.join("system.slice/app.service")).unwrap();
        fs::write(root.join("system.slice/memory.max"), "1073741824\n").unwrap();
        fs::write(root.join("system.slice/app.service/memory.max"), "max\n").unwrap();
        let least = |own: &str| control_groups(&root, Path::new(own)).min();
        assert_eq!(least("/system.slice/app.service"), Some(1 << 30));
        assert_eq!(least("/"), None);
        // A container sees its own group as the root.
        fs::write(root.join("memory.max"), "536870912\n").unwrap();
        assert_eq!(least("/"), Some(512 << 20));
        assert_eq!(least("/system.slice/app.service"), Some(512 << 20));
        fs::remove_dir_all(root).unwrap();
    }
}
