//! The few URIs that the peers follow: `http` and `https`, absolute.

/// An absolute http or https URI, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uri {
    /// Whether it is https.
    pub(super) secure: bool,
    /// Host, with its port where one is given.
    pub(super) authority: String,
    /// Path and query; `/` at least.
    pub(super) target: String,
}

impl Uri {
    /// Takes a URI apart; none when it is of no kind that can be called.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let usable = !authority.is_empty() && !uri.bytes().any(|byte| byte <= b' ');
        usable.then(|| Self {
            secure,
            authority: authority.to_owned(),
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
        })
    }

    /// Host and port to connect to.
    pub(super) fn endpoint(&self) -> (&str, u16) {
        let default = if self.secure { 443 } else { 80 };
        match self.authority.rsplit_once(':') {
            // A colon inside brackets belongs to an IPv6 address.
            Some((host, port)) if !port.contains(']') => (unbracketed(host), port.parse().unwrap_or(default)),
            Some(_) | None => (unbracketed(&self.authority), default),
        }
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_taken_apart() {
        let uri = Uri::parse("https://a.example:8443/b?c=d#e").unwrap();
        assert_eq!((uri.secure, uri.target.as_str()), (true, "/b?c=d"));
        assert_eq!(uri.endpoint(), ("a.example", 8443));
        assert_eq!(Uri::parse("http://[::1]").unwrap().endpoint(), ("::1", 80));
        assert_eq!(Uri::parse("http://[::1]:81?x").unwrap().endpoint(), ("::1", 81));
    }

    #[test]
    fn what_cannot_be_called_is_none() {
        for uri in ["", "ftp://a/", "/relative", "https://", "http://a b/"] {
            assert_eq!(Uri::parse(uri), None, "{uri}");
        }
    }
}
