//! A stand-in for another network of clinicians that one signs in with (OpenID Connect), for trying and testing
//! Curbside. Never deployed in production.
//!
//! `PUT /network/accounts/{account}` makes an account; `/network/authorize` signs the account in that `login_hint`
//! names, without a page. An account's `persona` plays a part: `declined` (the person says no), `other_key`,
//! `other_audience`, `other_issuer`, `other_nonce`, `expired`, `unsigned` (tokens that must not be trusted), `nameless`
//! (names only at the user info), `anonymous` (no names at all), `impostor` (the user info is another account's), and
//! at the token endpoint those of `persona::play`.

mod signer;

use axum::{
    Form, Json, Router,
    extract::{FromRequestParts, Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post, put},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use edge::Problem;
use http::{HeaderMap, StatusCode, header, request::Parts};
use lambda_http::request::RequestContext;
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signer::Signer;
use table::{Condition, Key, Table, Transaction};
use url::Url;

/// The one client that is registered here.
const CLIENT_ID: &str = "curbside";

/// Where the requests find this network: behind a gateway of AWS, of the local cloud, or on a port of its own.
struct Issuer(String);

impl<S: Send + Sync> FromRequestParts<S> for Issuer {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.ok_or(StatusCode::BAD_REQUEST)?;
        let Some(RequestContext::ApiGatewayV1(gateway)) = parts.extensions.get() else {
            return Ok(Self(format!("http://{host}/network")));
        };
        let (api, stage) =
            (gateway.apiid.as_deref().unwrap_or_default(), gateway.stage.as_deref().unwrap_or_default());
        Ok(Self(if host.ends_with(".amazonaws.com") {
            format!("https://{host}/{stage}/network")
        } else {
            format!("http://{host}/_aws/execute-api/{api}/{stage}/network")
        }))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Account {
    given_name: String,
    family_name: String,
    #[serde(default)]
    persona: Option<String>,
}

/// A code that was given out, until it is used.
#[derive(Debug, Serialize, Deserialize)]
struct Code {
    account: String,
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    Router::new()
        .route("/network/.well-known/openid-configuration", get(discover))
        .route("/network/accounts/{account}", put(write))
        .route("/network/authorize", get(authorize))
        .route("/network/token", post(token))
        .route("/network/jwks", get(jwks))
        .route("/network/userinfo", get(userinfo))
        .with_state(table)
}

fn account_key(account: &str) -> Key {
    Key::new(format!("NETWORK#{account}"), "ACCOUNT")
}

fn code_key(code: &str) -> Key {
    Key::new(format!("NETWORK_CODE#{code}"), "CODE")
}

async fn write(
    State(table): State<Table>,
    Path(account): Path<String>,
    Json(row): Json<Account>,
) -> Result<StatusCode, Problem> {
    table.commit(Transaction::new().put("account", account_key(&account), &row)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn discover(Issuer(issuer): Issuer) -> Json<Value> {
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }))
}

#[derive(Debug, Deserialize)]
struct Authorize {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    login_hint: String,
}

async fn authorize(State(table): State<Table>, Query(asked): Query<Authorize>) -> Result<Response, Problem> {
    let known = asked.client_id == CLIENT_ID
        && asked.response_type == "code"
        && asked.code_challenge_method == "S256";
    let account: Option<Account> = table.get(account_key(&asked.login_hint)).await?;
    let (Some(account), true) = (account, known) else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
    let Ok(mut back) = Url::parse(&asked.redirect_uri) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    if account.persona.as_deref() == Some("declined") {
        back.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &asked.state);
        return Ok(Redirect::to(back.as_str()).into_response());
    }
    let code = format!("{:032x}", rand::rng().random::<u128>());
    let row = Code {
        account: asked.login_hint,
        nonce: asked.nonce,
        challenge: asked.code_challenge,
        redirect_uri: asked.redirect_uri,
    };
    table.commit(Transaction::new().insert("code", code_key(&code), &row)).await?;
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
    Ok(Redirect::to(back.as_str()).into_response())
}

#[derive(Debug, Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}

/// Whether the request carries the client's id and a secret in base 64 (RFC 6749, 2.3.1).
fn is_client(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pair =
        value.and_then(|value| value.strip_prefix("Basic ")).and_then(|pair| STANDARD.decode(pair).ok());
    let secret = pair.as_deref().and_then(|pair| pair.strip_prefix(format!("{CLIENT_ID}:").as_bytes()));
    secret.is_some_and(|secret| !secret.is_empty())
}

async fn token(
    State(table): State<Table>,
    Issuer(issuer): Issuer,
    headers: HeaderMap,
    Form(asked): Form<Exchange>,
) -> Result<Response, Problem> {
    if !is_client(&headers) {
        return Ok((StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response());
    }
    let code: Option<Code> = table.get(code_key(&asked.code)).await?;
    let Some(code) = code else { return Ok(refused("invalid_grant")) };
    // A code is good for one attempt.
    let used = Transaction::new().delete("code", code_key(&asked.code), Condition::present());
    if table.commit(used).await.is_err() {
        return Ok(refused("invalid_grant"));
    }
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked.code_verifier));
    let good = asked.grant_type == "authorization_code"
        && asked.redirect_uri == code.redirect_uri
        && challenge == code.challenge;
    let account: Option<Account> = table.get(account_key(&code.account)).await?;
    let (Some(account), true) = (account, good) else { return Ok(refused("invalid_grant")) };
    let part = account.persona.as_deref().unwrap_or_default();
    if let Some(answer) = persona::play(part).await {
        return Ok(answer);
    }
    let id_token = id_token(&table, &issuer, &code, &account).await?;
    Ok(Json(json!({
        "access_token": format!("at-{}", code.account), "token_type": "Bearer", "expires_in": 1800,
        "id_token": id_token,
    }))
    .into_response())
}

async fn id_token(table: &Table, issuer: &str, code: &Code, account: &Account) -> Result<String, Problem> {
    let persona = account.persona.as_deref().unwrap_or_default();
    let now = edge::now().as_second();
    let mut claims = json!({
        "iss": if persona == "other_issuer" { "https://elsewhere.example" } else { issuer },
        "aud": if persona == "other_audience" { "somebody-else" } else { CLIENT_ID },
        "sub": code.account, "iat": now,
        "exp": if persona == "expired" { now - 3600 } else { now + 300 },
        "nonce": if persona == "other_nonce" { "another" } else { &code.nonce },
    });
    if let (Some(claims), false) =
        (claims.as_object_mut(), ["nameless", "anonymous", "impostor"].contains(&persona))
    {
        claims.insert("given_name".to_owned(), account.given_name.clone().into());
        claims.insert("family_name".to_owned(), account.family_name.clone().into());
    }
    let signer = match persona {
        "other_key" => Signer::fresh()?,
        _ => Signer::kept(table).await?,
    };
    if persona == "unsigned" { Ok(signer.unsigned(&claims)) } else { signer.sign(&claims) }
}

async fn jwks(State(table): State<Table>) -> Result<Json<Value>, Problem> {
    let key = Signer::kept(&table).await?.public();
    Ok(Json(json!({"keys": [key]})))
}

async fn userinfo(State(table): State<Table>, headers: HeaderMap) -> Result<Response, Problem> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let id = bearer.and_then(|value| value.strip_prefix("Bearer at-")).unwrap_or_default().to_owned();
    let Some(account): Option<Account> = table.get(account_key(&id)).await? else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let id = if account.persona.as_deref() == Some("impostor") { "somebody-else" } else { &id };
    let mut profile = json!({"sub": id});
    if let (Some(profile), false) = (profile.as_object_mut(), account.persona.as_deref() == Some("anonymous"))
    {
        profile.insert("given_name".to_owned(), account.given_name.into());
        profile.insert("family_name".to_owned(), account.family_name.into());
    }
    Ok(Json(profile).into_response())
}
