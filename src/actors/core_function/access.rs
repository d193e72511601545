//! Who is calling: the role and the identity behind a client certificate (TS 29.222 10.2, TS 33.122 6.3.1).
//!
//! TLS has proved that the certificate is one of ours and that the caller holds its key. Whom it was issued to is
//! looked up, so that an identity ends with its enrolment, not with its certificate.

use super::state::State;
use crate::spec::Role;

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Somebody without a certificate.
    Nobody,
    /// Somebody whose certificate names no one who is enrolled.
    Stranger,
    /// An onboarded invoker.
    Invoker {
        /// Its apiInvokerId.
        id: String,
    },
    /// A function of a registered provider domain.
    Function {
        /// Its apiProvFuncId.
        id: String,
        /// The role it was registered with.
        role: Role,
        /// The apiProvDomId of its domain.
        domain: String,
    },
}

impl Caller {
    /// The caller that a certificate of this common name belongs to.
    pub(super) fn named(common_name: Option<&str>, state: &State) -> Self {
        let Some(name) = common_name else { return Self::Nobody };
        if state.invokers.contains_key(name) {
            return Self::Invoker { id: name.to_owned() };
        }
        match state.functions.get(name) {
            Some(function) => {
                Self::Function { id: name.to_owned(), role: function.role, domain: function.domain.clone() }
            }
            None => Self::Stranger,
        }
    }

    /// The invoker, if it is one.
    pub(super) fn invoker(&self) -> Option<&str> {
        match self {
            Self::Invoker { id } => Some(id),
            Self::Nobody | Self::Stranger | Self::Function { .. } => None,
        }
    }

    /// The function of this role, if it is one.
    pub(super) fn function(&self, wanted: Role) -> Option<&str> {
        match self {
            Self::Function { id, role, .. } if *role == wanted => Some(id),
            Self::Nobody | Self::Stranger | Self::Invoker { .. } | Self::Function { .. } => None,
        }
    }

    /// Whether it is nobody that we know: 401 rather than 403 (TS 29.222 7.7).
    pub(super) fn is_unknown(&self) -> bool {
        match self {
            Self::Nobody | Self::Stranger => true,
            Self::Invoker { .. } | Self::Function { .. } => false,
        }
    }
}
