//! Signing in with another network of clinicians: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636,
//! `S256`), the client's secret in the `Authorization` header, tokens signed with RS256.
//!
//! What such a network has verified of its members, their name, stands for a stage of our own. The token endpoint is
//! asked once a code; a code is good for one attempt, so that nothing is asked twice unseen.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kernel::Secret;
use oauth2::{
    AuthUrl, AuthorizationCode, Client as OAuthClient, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use reqwest::Client;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    CallError,
    call::{bytes, send, text},
};

/// The status by which a token endpoint refuses a code.
pub const CODE_REFUSED: u16 = 400;

/// The largest answer of a token endpoint, in bytes.
const LARGEST: usize = 64 * 1024;

/// What we ask to learn: who they are, and nothing else.
const SCOPES: [&str; 2] = ["openid", "profile:read:basic"];

/// Our registration with a network.
#[derive(Debug, Clone, Deserialize)]
pub struct Registration {
    /// The network's name, as members know it.
    pub name: String,
    /// Its issuer identifier, without a trailing slash.
    pub issuer: String,
    /// Our client id.
    pub client_id: String,
    /// Our client secret.
    pub client_secret: Secret,
}

/// A client of a network.
#[derive(Debug, Clone)]
pub struct Network {
    client: Client,
    registration: Registration,
    redirect: String,
}

/// A sign-in that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the person's browser is sent.
    pub address: String,
    /// What comes back with the code, so that it is known to be theirs.
    pub state: String,
    /// What comes back in the token, so that it is known to be of this sign-in.
    pub nonce: String,
    /// What proves that who began it completes it.
    pub verifier: String,
}

/// An account of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The network's stable id of it.
    pub id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
}

#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    nonce: Option<String>,
    azp: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

#[derive(Debug, Deserialize)]
struct Profile {
    sub: String,
    given_name: Option<String>,
    family_name: Option<String>,
}

impl Profile {
    fn account(self) -> Option<Account> {
        let named = |name: Option<String>| name.filter(|name| !name.trim().is_empty());
        let (given_name, family_name) = (named(self.given_name)?, named(self.family_name)?);
        Some(Account { id: self.sub, given_name, family_name })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct WithIdToken {
    id_token: String,
}

impl ExtraTokenFields for WithIdToken {}

type Tokens = StandardTokenResponse<WithIdToken, BasicTokenType>;
type Flow = OAuthClient<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Network {
    /// A client of the network, which sends browsers back to `redirect`.
    pub const fn new(client: Client, registration: Registration, redirect: String) -> Self {
        Self { client, registration, redirect }
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.registration.name
    }

    /// Begins a sign-in. A free call.
    ///
    /// # Errors
    /// When the network gives no usable answer.
    pub async fn begin(&self) -> Result<Begun, CallError> {
        let discovery = self.discover().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random_len(32);
        let (address, state) = self
            .flow(&discovery)?
            .authorize_url(|| CsrfToken::new_random_len(32))
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("nonce", nonce.secret())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun {
            address: address.into(),
            state: state.into_secret(),
            nonce: nonce.into_secret(),
            verifier: verifier.into_secret(),
        })
    }

    /// Completes a sign-in: the account of whoever holds the code.
    ///
    /// # Errors
    /// [`CallError::Refused`] with [`CODE_REFUSED`] when the code is not good; [`CallError::Unreadable`] when what the network answers
    /// cannot be trusted or names nobody; what was not taken or was lost.
    pub async fn complete(&self, code: &str, verifier: &str, nonce: &str) -> Result<Account, CallError> {
        let discovery = self.discover().await?;
        let client = self.client.clone();
        let http = move |request: HttpRequest| pass_on(client.clone(), request);
        let tokens = self
            .flow(&discovery)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer)
                    if *answer.error() == BasicErrorResponseType::InvalidGrant =>
                {
                    CallError::Refused(CODE_REFUSED)
                }
                // Of every other refusal we are the cause, not the code.
                RequestTokenError::ServerResponse(_) => CallError::Unreadable,
                RequestTokenError::Request(error) => error,
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => CallError::Unreadable,
            })?;
        let keys: JwkSet = self.read(&discovery.jwks_uri, None).await?;
        let claims = self.verified(&tokens.extra_fields().id_token, &keys, nonce)?;
        let id = claims.sub.clone();
        if let Some(account) = claims.account() {
            return Ok(account);
        }
        // Not every network puts names into its tokens.
        let userinfo = discovery.userinfo_endpoint.ok_or(CallError::Unreadable)?;
        let profile: Profile = self.read(&userinfo, Some(tokens.access_token().secret())).await?;
        let account = profile.account().ok_or(CallError::Unreadable)?;
        if account.id == id { Ok(account) } else { Err(CallError::Unreadable) }
    }

    /// The claims of a token that is the network's, for us, current, and of this sign-in.
    fn verified(&self, token: &str, keys: &JwkSet, nonce: &str) -> Result<Profile, CallError> {
        let Registration { issuer, client_id, .. } = &self.registration;
        let header = jsonwebtoken::decode_header(token).map_err(|_| CallError::Unreadable)?;
        let key = match &header.kid {
            Some(kid) => keys.find(kid),
            None => keys.keys.first().filter(|_| keys.keys.len() == 1),
        };
        let key = key.and_then(|key| DecodingKey::from_jwk(key).ok()).ok_or(CallError::Unreadable)?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[client_id]);
        rules.set_issuer(&[issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims: Claims =
            jsonwebtoken::decode(token, &key, &rules).map_err(|_| CallError::Unreadable)?.claims;
        let ours = claims.azp.as_ref().is_none_or(|party| party == client_id);
        // The nonce is no secret of the network's: whoever could try it against ours holds a signed token.
        let of_this = claims.nonce.as_deref() == Some(nonce);
        if ours && of_this { Ok(claims.profile) } else { Err(CallError::Unreadable) }
    }

    async fn discover(&self) -> Result<Discovery, CallError> {
        let issuer = &self.registration.issuer;
        let discovery: Discovery =
            self.read(&format!("{issuer}/.well-known/openid-configuration"), None).await?;
        // What another issuer says must not stand for this one's (OpenID Connect Discovery 1.0, 4.3).
        if discovery.issuer == *issuer { Ok(discovery) } else { Err(CallError::Unreadable) }
    }

    async fn read<T: DeserializeOwned>(&self, address: &str, token: Option<&str>) -> Result<T, CallError> {
        let mut request = self.client.get(address);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        // Whatever is refused here is not the code.
        let response = send(request, &[]).await.map_err(|error| match error {
            CallError::Refused(_) => CallError::Unreadable,
            other => other.again(),
        })?;
        let body = text(response).await.map_err(CallError::again)?;
        serde_json::from_str(&body).map_err(|_| CallError::Unreadable)
    }

    fn flow(&self, discovery: &Discovery) -> Result<Flow, CallError> {
        let Registration { client_id, client_secret, .. } = &self.registration;
        let unreadable = |_| CallError::Unreadable;
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(unreadable)?;
        let authorize = AuthUrl::new(discovery.authorization_endpoint.clone()).map_err(unreadable)?;
        let token = TokenUrl::new(discovery.token_endpoint.clone()).map_err(unreadable)?;
        Ok(OAuthClient::new(ClientId::new(client_id.clone()))
            .set_client_secret(ClientSecret::new(client_secret.reveal().to_owned()))
            .set_auth_uri(authorize)
            .set_token_uri(token)
            .set_redirect_uri(redirect))
    }
}

/// Sends a request of the OAuth client's with ours.
async fn pass_on(client: Client, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let (parts, body) = request.into_parts();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
    let response = send(request.body(body), &[400]).await?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = bytes(response, LARGEST).await?;
    Ok(answer)
}
