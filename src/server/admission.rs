//! Admission: the password, and protected mode. AUTH and HELLO ask here, and so does the live page.
//!
//! Redis: `src/acl.c` (`ACLCheckUserCredentials`, `time_independent_strcmp`), `src/networking.c` (`authRequired`,
//! `clientAcceptHandler`).
//!
//! Different on purpose: there is one user, `default`.

use super::Server;
use crate::base::ids::ClientKey;

/// Whether a peer is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Granted,
    /// Not without the password.
    NeedsPassword,
    /// The password is wrong, or there is no such user.
    Wrong,
    /// Protected mode: not from another machine while there is no password.
    Protected,
}

impl Server {
    /// Whether this is the password of the user. Without `requirepass` every password is `default`'s.
    pub fn is_password_of(&self, user: &[u8], password: &[u8]) -> bool {
        let expected = self.config.requirepass.as_bytes();
        user == b"default" && (expected.is_empty() || same(expected, password))
    }

    /// Whether a peer that is no client is admitted, with a user and a password or without. A wrong password is counted as
    /// one of AUTH is.
    pub fn admit(&mut self, is_local: bool, credentials: Option<(&[u8], &[u8])>) -> Admission {
        if self.is_protected_from(is_local) {
            return Admission::Protected;
        }
        match credentials {
            _ if self.config.requirepass.is_empty() => Admission::Granted,
            Some((user, password)) if self.is_password_of(user, password) => Admission::Granted,
            Some(_) => {
                self.stats.wrong_passwords += 1;
                Admission::Wrong
            }
            None => Admission::NeedsPassword,
        }
    }

    /// Whether protected mode keeps a peer out.
    pub(super) fn is_protected_from(&self, is_local: bool) -> bool {
        self.config.protected_mode && self.config.requirepass.is_empty() && !is_local
    }

    /// Whether a client has to give the password before anything else. Redis: `authRequired`.
    pub(crate) fn must_authenticate(&self, key: ClientKey) -> bool {
        !self.clients[key].authenticated && !self.config.requirepass.is_empty()
    }
}

/// Compares in a time that does not tell how much of the password was right. Redis: `time_independent_strcmp`.
fn same(expected: &[u8], given: &[u8]) -> bool {
    let differences =
        expected.iter().zip(given.iter().chain(std::iter::repeat(&0))).fold(0, |d, (a, b)| d | (a ^ b));
    std::hint::black_box(differences) == 0 && expected.len() == given.len()
}
