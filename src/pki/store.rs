//! Keys and certificates that outlive a process: a directory that only its owner may read.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;

use crate::clock::Clock;
use crate::pki::summary::{Facts, hex};
use crate::pki::{
    Authority, KeyKind, KeyPair, LeafSpec, PkiError, certificates_from_pem, certificates_to_pem, common_name,
};

/// A certificate that runs out sooner is made anew.
const RENEWED_BEFORE: i64 = 7 * 86_400;

/// The store. What is asked for and is not there is made and kept. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    /// What was read or made, by name. One at a time reads and makes: all find the same.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    authorities: BTreeMap<String, Authority>,
    servers: BTreeMap<String, (KeyPair, CertificateDer<'static>)>,
}

/// What cannot be kept, or is kept and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or the directory.
    #[error("cannot read or write {path}: {source}; name a directory in which this user may keep keys")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file that is not what it should be.
    #[error(
        "{path} cannot be used: {why}; put the right file back, or remove {directory} to begin anew, and let those import \
         the new certificates who trusted the old ones"
    )]
    Unusable {
        /// Which.
        path: PathBuf,
        /// The store.
        directory: PathBuf,
        /// Why not.
        why: String,
    },
}

impl Store {
    /// Opens a store, and makes the directory where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(directory: &Path) -> Result<Self, PkiError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|source| StoreError::File { path: directory.to_owned(), source })?;
        Ok(Self(Arc::new(Inner { directory: directory.to_owned(), known: Mutex::default() })))
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// The authority of this name, `<name>.pem` with `<name>.key`.
    ///
    /// # Errors
    /// When what is kept cannot be used, or nothing can be kept.
    pub fn authority(&self, name: &str, clock: &Clock) -> Result<Authority, PkiError> {
        self.authority_known(&mut self.known(), name, clock)
    }

    fn authority_known(&self, known: &mut Known, name: &str, clock: &Clock) -> Result<Authority, PkiError> {
        if let Some(authority) = known.authorities.get(name) {
            return Ok(authority.at(clock));
        }
        let key = self.key_on_disk(name)?;
        let certificate = format!("{name}.pem");
        let text = if let Some(text) = self.read(&certificate)? {
            text
        } else {
            // Named after its key: two of them are never mistaken for each other in one trust store.
            let print = hex(digest(&SHA256, &key.public_der()).as_ref());
            let common_name = format!("capifspec {name} {}", print.get(..10).unwrap_or_default());
            self.write(&certificate, &Authority::new(&common_name, &key, clock)?.root_pem(), Who::Everybody)?
        };
        let authority = self.kept_authority(&certificate, &text, &key, clock)?;
        known.authorities.insert(name.to_owned(), authority.at(clock));
        Ok(authority)
    }

    fn kept_authority(&self, file: &str, text: &str, key: &KeyPair, clock: &Clock) -> Result<Authority, PkiError> {
        let chain = certificates_from_pem(text).map_err(|error| self.unusable(file, error.to_string()))?;
        let root = chain.into_iter().next().unwrap_or_else(|| CertificateDer::from(Vec::new()));
        let facts = Facts::of(&root).ok_or_else(|| self.unusable(file, "it is no certificate".to_owned()))?;
        if facts.public_key != key.public_der() {
            return Err(self.unusable(file, "the key beside it is of another certificate".to_owned()));
        }
        if let Some(why) = facts.not_valid_at(clock.now_unix()) {
            return Err(self.unusable(file, why));
        }
        Authority::of(root, key, clock)
    }

    /// The server certificate of this name, `<name>.pem` with `<name>.key`, issued by an authority of this store. It is
    /// made anew before it runs out and when the server is reached by other names; its key and its common name stay.
    ///
    /// # Errors
    /// When what is kept cannot be used, or nothing can be kept.
    pub fn server(
        &self,
        name: &str,
        authority: &Authority,
        leaf: &LeafSpec,
        clock: &Clock,
    ) -> Result<(KeyPair, CertificateDer<'static>), PkiError> {
        let mut known = self.known();
        if let Some(server) = known.servers.get(name) {
            return Ok(server.clone());
        }
        let key = self.key_on_disk(name)?;
        let file = format!("{name}.pem");
        let kept = match self.read(&file)? {
            Some(text) => certificates_from_pem(&text).ok().and_then(|chain| chain.into_iter().next()),
            None => None,
        };
        let still_good = |certificate: &CertificateDer<'_>| {
            Facts::of(certificate).is_some_and(|facts| {
                facts.public_key == key.public_der()
                    && facts.names == leaf.names
                    && facts.not_valid_at(clock.now_unix() + RENEWED_BEFORE).is_none()
                    && facts.is_issued_by(authority.root())
            })
        };
        let certificate = if let Some(kept) = kept.clone().filter(still_good) {
            kept
        } else {
            let named = kept.as_ref().and_then(|kept| common_name(kept));
            let leaf = LeafSpec { common_name: named.unwrap_or_else(|| leaf.common_name.clone()), ..leaf.clone() };
            let made = authority.issue(&leaf, &key.public()?)?;
            self.replace(&file, &certificates_to_pem(std::slice::from_ref(&made)))?;
            made
        };
        known.servers.insert(name.to_owned(), (key.clone(), certificate.clone()));
        Ok((key, certificate))
    }

    /// A certificate for somebody who is none of us, as [`Self::server`] has it: named after its common name, so that
    /// each has one of its own.
    ///
    /// # Errors
    /// When what is kept cannot be used, or nothing can be kept.
    pub fn member(
        &self,
        authority: &Authority,
        leaf: &LeafSpec,
        clock: &Clock,
    ) -> Result<(KeyPair, CertificateDer<'static>), PkiError> {
        let print = hex(digest(&SHA256, leaf.common_name.as_bytes()).as_ref());
        self.server(&format!("member-{}", print.get(..16).unwrap_or_default()), authority, leaf, clock)
    }

    /// The private key of this name, `<name>.key`.
    ///
    /// # Errors
    /// When what is kept is no key, or nothing can be kept.
    pub fn key(&self, name: &str) -> Result<KeyPair, PkiError> {
        let _one_at_a_time = self.known();
        self.key_on_disk(name)
    }

    fn key_on_disk(&self, name: &str) -> Result<KeyPair, PkiError> {
        let file = format!("{name}.key");
        let text = match self.read(&file)? {
            Some(text) => text,
            None => self.write(&file, &KeyPair::generate(KeyKind::EcdsaP256)?.private_pem(), Who::Owner)?,
        };
        KeyPair::from_pem(&text).map_err(|error| self.unusable(&file, error.to_string()))
    }

    /// The secret of this name: 128 bits that nobody guesses.
    ///
    /// # Errors
    /// When nothing can be kept, or what is kept is empty.
    pub fn secret(&self, name: &str) -> Result<String, PkiError> {
        let _one_at_a_time = self.known();
        let text = if let Some(text) = self.read(name)? {
            text
        } else {
            // As good as the key that it is made of and that nobody keeps.
            let made = hex(digest(&SHA256, KeyPair::generate(KeyKind::EcdsaP256)?.private_pem().as_bytes()).as_ref());
            self.write(name, made.get(..32).unwrap_or(&made), Who::Owner)?
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(self.unusable(name, "it is empty".to_owned()));
        }
        Ok(text.to_owned())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, file: &str) -> Result<Option<String>, PkiError> {
        match fs::read_to_string(self.0.directory.join(file)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(self.unusable(file, "it is no text".to_owned()))
            }
            Err(source) => Err(self.failed(file, source)),
        }
    }

    /// Writes a file that is not there yet, whole or not at all, and says what it holds: where another process was
    /// faster, that is the other's.
    fn write(&self, file: &str, text: &str, who: Who) -> Result<String, PkiError> {
        let whole = self.whole(file, text, who)?;
        let linked = fs::hard_link(&whole, self.0.directory.join(file));
        // It has its name, or is not wanted.
        let _left_behind = fs::remove_file(whole);
        match linked {
            Ok(()) => Ok(text.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(self.read(file)?.unwrap_or_else(|| text.to_owned()))
            }
            Err(source) => Err(self.failed(file, source)),
        }
    }

    fn replace(&self, file: &str, text: &str) -> Result<(), PkiError> {
        let whole = self.whole(file, text, Who::Everybody)?;
        fs::rename(whole, self.0.directory.join(file)).map_err(|source| self.failed(file, source))
    }

    /// A file under another name, until it is all there.
    fn whole(&self, file: &str, text: &str, who: Who) -> Result<PathBuf, PkiError> {
        let mode = match who {
            Who::Owner => 0o600,
            Who::Everybody => 0o644,
        };
        let path = self.0.directory.join(format!(".{file}.{}", std::process::id()));
        let opened = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&path);
        let written = opened.and_then(|mut opened| opened.write_all(text.as_bytes()));
        written.map_err(|source| self.failed(file, source))?;
        Ok(path)
    }

    fn failed(&self, file: &str, source: io::Error) -> PkiError {
        StoreError::File { path: self.0.directory.join(file), source }.into()
    }

    fn unusable(&self, file: &str, why: String) -> PkiError {
        let directory = self.0.directory.clone();
        StoreError::Unusable { path: directory.join(file), directory, why }.into()
    }
}

/// Who may read a file.
#[derive(Clone, Copy)]
enum Who {
    Owner,
    Everybody,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn leaf(clock: &Clock, host: &str) -> LeafSpec {
        LeafSpec::server("ccf-1", &[host, "localhost"], clock)
    }

    #[test]
    fn what_was_made_is_there_again() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("pki");
        let clock = Clock::virtual_from_now();
        let all = || {
            let store = Store::open(&directory).unwrap();
            let authority = store.authority("ccf-ca", &clock).unwrap();
            let (key, certificate) = store.server("ccf", &authority, &leaf(&clock, "127.0.0.1"), &clock).unwrap();
            let token = store.key("ccf-token").unwrap();
            let root = authority.root_pem();
            (root, key.private_pem(), certificate, token.private_pem(), store.secret("secret").unwrap())
        };
        let first = all();
        assert_eq!(first, all());
        assert_eq!(first.4.len(), 32);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "pem") {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }

    #[test]
    fn a_server_certificate_follows_its_names_and_its_time_and_keeps_its_key() {
        let place = tempfile::tempdir().unwrap();
        let clock = Clock::virtual_from_now();
        let server = |host: &str| {
            let store = Store::open(place.path()).unwrap();
            let authority = store.authority("ccf-ca", &clock).unwrap();
            let (key, certificate) = store.server("ccf", &authority, &leaf(&clock, host), &clock).unwrap();
            assert!(Facts::of(&certificate).unwrap().is_issued_by(authority.root()));
            (key.private_pem(), certificate)
        };
        let (first, moved) = (server("127.0.0.1"), server("capif.example"));
        assert_eq!((&moved.0, server("capif.example").1 == moved.1), (&first.0, true));
        assert_ne!(first.1, moved.1);
        clock.advance(25 * DAY).unwrap();
        assert_ne!(server("capif.example").1, moved.1, "it would run out in a few days");
    }

    #[test]
    fn members_have_certificates_of_their_own() {
        let place = tempfile::tempdir().unwrap();
        let clock = Clock::virtual_from_now();
        let of = |name: &str| {
            let store = Store::open(place.path()).unwrap();
            let authority = store.authority("ccf-ca", &clock).unwrap();
            store.member(&authority, &LeafSpec::server(name, &["localhost"], &clock), &clock).unwrap().1
        };
        let names = ["aef-1", "../aef-1"].map(|name| (common_name(&of(name)).unwrap(), of(name) == of(name)));
        assert_eq!(names, [("aef-1".to_owned(), true), ("../aef-1".to_owned(), true)]);
    }

    #[test]
    fn serial_numbers_do_not_come_back() {
        let place = tempfile::tempdir().unwrap();
        let clock = Clock::virtual_from_now();
        let store = Store::open(place.path()).unwrap();
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap().public().unwrap();
        let serial = |store: &Store| {
            let authority = store.authority("ccf-ca", &clock).unwrap();
            let issued = authority.issue(&LeafSpec::client("invoker-1", &clock), &key).unwrap();
            crate::pki::Summary::of(&issued).unwrap().serial
        };
        let (first, second) = (serial(&store), serial(&store));
        clock.advance(Duration::from_secs(1)).unwrap();
        let third = serial(&Store::open(place.path()).unwrap());
        assert!(first != second && second != third && first != third, "{first} {second} {third}");
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_cure() {
        let place = tempfile::tempdir().unwrap();
        let clock = Clock::virtual_from_now();
        let complaint = || {
            let error = Store::open(place.path()).unwrap().authority("ccf-ca", &clock).unwrap_err().to_string();
            assert!(error.contains("ccf-ca.") && error.contains("to begin anew"), "{error}");
            error
        };
        Store::open(place.path()).unwrap().authority("ccf-ca", &clock).unwrap();
        let good = fs::read_to_string(place.path().join("ccf-ca.pem")).unwrap();
        fs::write(place.path().join("ccf-ca.pem"), "nonsense").unwrap();
        assert!(complaint().contains("no certificate in it"));
        fs::write(place.path().join("ccf-ca.pem"), good).unwrap();
        let key = fs::read_to_string(place.path().join("ccf-ca.key")).unwrap();
        fs::write(place.path().join("ccf-ca.key"), "nonsense").unwrap();
        assert!(complaint().contains("ccf-ca.key cannot be used"));
        fs::write(place.path().join("ccf-ca.key"), KeyPair::generate(KeyKind::EcdsaP256).unwrap().private_pem())
            .unwrap();
        assert!(complaint().contains("of another certificate"));
        fs::write(place.path().join("ccf-ca.key"), key).unwrap();
        clock.advance(6 * 365 * DAY).unwrap();
        assert!(complaint().contains("it ran out at 20"));
    }
}
