//! Files that no other user may read, each there as a whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// Writes `text` in place of `path`, readable by its owner alone. With `keep`, what stood there before
/// and was another text is kept beside it: the answer is its name.
pub(super) fn write(path: &Path, text: &str, keep: bool) -> anyhow::Result<Option<PathBuf>> {
    let failed = || format!("{} cannot be written", path.display());
    let former = match fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            bail!("{} is no plain file; without -o standard output is written", path.display())
        }
        Ok(_) if !keep => None,
        Ok(_) if fs::read(path).with_context(failed)? == text.as_bytes() => None,
        Ok(_) => Some(with_suffix(path, ".old")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(failed),
    };
    let new = with_suffix(path, &format!(".new{}", std::process::id()));
    let written = write_new(&new, text).and_then(|()| {
        if let Some(former) = &former {
            fs::rename(path, former)?;
        }
        fs::rename(&new, path)
    });
    if written.is_err() {
        // Half a file helps nobody.
        let _ = fs::remove_file(&new);
    }
    written.with_context(failed)?;
    Ok(former)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The same path with more at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owner_s_and_the_former_is_kept() {
        let folder = std::env::temp_dir().join(format!("drf-auth-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x.toml");
        assert_eq!(write(&path, "one", true).unwrap(), None);
        assert_eq!(write(&path, "one", true).unwrap(), None);
        assert_eq!(write(&path, "two", true).unwrap(), Some(folder.join("x.toml.old")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_to_string(folder.join("x.toml.old")).unwrap(), "one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        assert_eq!(write(&path, "three", false).unwrap(), None);
        assert!(write(&folder, "", true).is_err());
        assert!(write(&folder.join("none/x"), "", true).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
