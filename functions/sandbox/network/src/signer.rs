//! The stand-in's key, made when it is first needed.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use edge::Problem;
use kernel::Class;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use table::{Key, Table, Transaction};

/// Signs with RS256 (RFC 7518, 3.3).
pub(crate) struct Signer(KeyPair);

#[derive(Serialize, Deserialize)]
struct Row {
    pkcs8: String,
}

fn fault() -> Problem {
    Problem::new(Class::Internal, "key", "the stand-in has no key", "try again")
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

impl Signer {
    /// A key that nobody knows.
    pub(crate) fn fresh() -> Result<Self, Problem> {
        KeyPair::generate(KeySize::Rsa2048).map(Self).map_err(|_| fault())
    }

    /// The key that is published; whoever needs it first makes it.
    pub(crate) async fn kept(table: &Table) -> Result<Self, Problem> {
        let place = Key::new("NETWORK_KEY", "KEY");
        if table.get::<Row>(place.clone()).await?.is_none() {
            let pkcs8 = Self::fresh()?.0.as_der().map(|der: Pkcs8V1Der<'_>| STANDARD.encode(der.as_ref()));
            let row = Row { pkcs8: pkcs8.map_err(|_| fault())? };
            match table.commit(Transaction::new().insert("key", place.clone(), &row)).await {
                Err(error) if !error.failed("key") => return Err(error.into()),
                _ => {}
            }
        }
        let row: Row = table.get(place).await?.ok_or_else(fault)?;
        let der = STANDARD.decode(row.pkcs8).map_err(|_| fault())?;
        KeyPair::from_pkcs8(&der).map(Self).map_err(|_| fault())
    }

    /// A signed token.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, Problem> {
        let signed =
            format!("{}.{}", encode(&json!({"alg": "RS256", "kid": "1", "typ": "JWT"})), encode(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| fault())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// A token that says that it needs no signature.
    pub(crate) fn unsigned(&self, claims: &Value) -> String {
        format!("{}.{}.", encode(&json!({"alg": "none", "kid": "1"})), encode(claims))
    }

    /// The public half, as a JSON Web Key.
    pub(crate) fn public(&self) -> Value {
        let key = self.0.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
            "n": number(key.modulus().big_endian_without_leading_zero()),
            "e": number(key.exponent().big_endian_without_leading_zero()),
        })
    }
}
