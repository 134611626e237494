//! Under which address an API is reached, for documents that name their own.

use axum::extract::FromRequestParts;
use http::request::Parts;
use lambda_http::request::RequestContext;

use crate::Problem;

/// The API's address as API Gateway was called: its domain, and what of the path stands before the routes. Nothing of
/// it is the caller's word. Without a domain, addresses are relative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// The address of a route.
    #[must_use]
    pub fn join(&self, route: &str) -> String {
        format!("{}{route}", self.0)
    }

    fn of(domain: Option<&str>, path: Option<&str>, route: &str) -> Self {
        let before = path.and_then(|path| path.strip_suffix(route)).unwrap_or_default();
        Self(domain.map_or_else(String::new, |domain| format!("https://{domain}{before}")))
    }
}

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let route = parts.uri.path();
        Ok(match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV1(context)) => {
                Self::of(context.domain_name.as_deref(), context.path.as_deref(), route)
            }
            _ => Self::of(None, None, route),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_gateways_own_with_its_stage_or_its_base_path() {
        let route = "/public/feeds/polls.atom";
        let own = Base::of(Some("api.example.org"), Some("/prod/public/feeds/polls.atom"), route);
        assert_eq!(own.join("/public/polls"), "https://api.example.org/prod/public/polls");
        let mapped = Base::of(Some("polls.example.org"), Some(route), route);
        assert_eq!(mapped.join(route), "https://polls.example.org/public/feeds/polls.atom");
        assert_eq!(Base::of(None, None, route).join("/public/polls"), "/public/polls");
    }
}
