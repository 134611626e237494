//! A person: signs up, applies, waits, takes a screen name.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Cloud, Member, Reply, image, member::upload, nonce};

/// The password of everyone in tests and in the demo.
pub const PASSWORD: &str = "Correct-horse-7";

/// What an applicant agrees to.
const CONSENTS: [&str; 3] = ["terms", "privacy", "verification"];

/// Who somebody claims to be. Every field of a person carries a canary: a text that must never be
/// found outside the identity zone.
#[derive(Debug, Clone)]
pub struct Particulars {
    /// Given name.
    pub given_name: String,
    /// Family name; the sandbox chooses its outcome by it.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// State or region.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Date of birth, for example `1967-11-07`.
    pub birth_date: String,
    /// Country of the licence.
    pub country: &'static str,
    /// Profession.
    pub profession: &'static str,
    /// Specialty.
    pub specialty: &'static str,
    /// Who issued the licence.
    pub authority: String,
    /// Licence number.
    pub licence: String,
    /// National Provider Identifier, of a clinician of the United States.
    pub npi: Option<String>,
    /// Device session; the sandbox chooses its outcome by it.
    pub device_session: String,
}

/// A signed-up person.
#[derive(Debug, Clone)]
pub struct Person {
    cloud: Cloud,
    /// Their access token.
    pub access_token: String,
    /// Their e-mail address.
    pub email: String,
}

impl Particulars {
    /// A physician of a country and specialty, of whom everything checks out.
    pub fn physician(country: &'static str, specialty: &'static str) -> Self {
        let canary = nonce();
        let digits: String = canary.bytes().map(|byte| char::from(b'0' + byte % 10)).collect::<String>();
        Self {
            given_name: format!("Given{canary}"),
            family_name: format!("Family{canary}"),
            email: format!("mail{canary}@example.org"),
            phone: format!("+49{digits}"),
            street: format!("{canary} Canary Street"),
            city: format!("City{canary}"),
            region: format!("Region{canary}"),
            postal_code: format!("P{canary}"),
            birth_date: birth_date(&digits),
            country,
            profession: "physician",
            specialty,
            authority: if country == "US" { "NY".to_owned() } else { format!("Authority{canary}") },
            licence: match country {
                "US" => format!("L{digits}"),
                "GB" => digits[..7].to_owned(),
                "FR" => format!("1{}", &digits[..10]),
                _ => format!("L{canary}"),
            },
            npi: (country == "US").then(|| npi(&digits)),
            device_session: format!("session-{canary}"),
        }
    }

    /// The same in another profession, with a licence of another kind.
    #[must_use]
    pub fn who_is(self, profession: &'static str) -> Self {
        Self { profession, licence: format!("L{}", nonce()), ..self }
    }

    /// Whether outside services can confirm the person and the licence without a reviewer.
    fn is_registered(&self) -> bool {
        self.profession == "physician" && self.country == "US"
    }

    /// The same with a family name by which the sandbox's identity provider plays that part.
    #[must_use]
    pub fn cast_as(self, part: &str) -> Self {
        Self { family_name: format!("{part}{}", self.family_name), ..self }
    }

    /// Every text that must never leave the identity zone. A state's two letters and a GMC number's seven digits
    /// stand elsewhere by chance.
    pub fn canaries(&self) -> Vec<String> {
        let texts = [
            &self.given_name,
            &self.family_name,
            &self.email,
            &self.phone,
            &self.street,
            &self.city,
            &self.region,
            &self.postal_code,
            &self.birth_date,
            &self.authority,
            &self.licence,
            &self.device_session,
        ];
        let by_chance = match (self.country, self.profession) {
            ("US", _) => vec![&self.authority],
            ("GB", "physician") => vec![&self.licence],
            _ => Vec::new(),
        };
        let texts = texts.into_iter().chain(&self.npi);
        texts.filter(|text| !by_chance.contains(text)).cloned().collect()
    }

    /// The application as it is sent.
    pub fn application(&self) -> Value {
        json!({
            "person": {
                "given_name": self.given_name, "family_name": self.family_name,
                "birth_date": self.birth_date, "street": self.street, "city": self.city,
                "region": self.region, "postal_code": self.postal_code,
                "phone": self.phone,
            },
            "profession": self.profession, "specialty": self.specialty, "country": self.country,
            "licence": {"authority": self.authority, "number": self.licence, "npi": self.npi},
            "graduation_year": self.graduation_year(),
            "device_session": self.device_session,
            "consents": CONSENTS.map(|topic| json!({"topic": topic, "version": "2026-11"})),
        })
    }

    /// Writes the licence into the sandbox's registers, as if it had been issued. Where there is no register, a
    /// reviewer decides.
    pub async fn license(&self, cloud: &Cloud) {
        self.license_as(cloud, "active").await;
    }

    /// Writes the licence into the sandbox's registers in that state.
    pub async fn license_as(&self, cloud: &Cloud, status: &str) {
        let sandbox = cloud.address("sandbox_Url");
        let put = async |path: String, entry: Value| {
            cloud.send(Method::PUT, &format!("{sandbox}{path}"), &[], Some(&entry)).await.expect(204);
        };
        let names = json!({"family_name": self.family_name, "given_name": self.given_name});
        let with = |more: Value| {
            let mut entry = names.clone();
            entry.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            entry
        };
        let year = self.graduation_year();
        match (self.country, &self.npi) {
            ("US", Some(npi)) if self.profession == "physician" => {
                let statuses = if status == "active" { ["Active"] } else { ["Expired"] };
                let born = self.birth_date.replace('-', "");
                let entry = with(json!({"birth_date": born, "licence_statuses": statuses}));
                put(format!("/physicians/{npi}"), entry).await;
                put(format!("/npi/{npi}"), names.clone()).await;
            }
            ("GB", _) if self.profession == "physician" => {
                let words = if status == "active" { "Registered with Licence" } else { "Suspended" };
                let entry = with(json!({"qualified": year, "status": words}));
                put(format!("/gmc/doctors/{}", self.licence), entry).await;
                cloud.invoke("curbside-local-identity-registers", &json!({})).await;
            }
            ("FR", _) => {
                let entry = with(json!({"active": status == "active"}));
                put(format!("/fhir/v2/practitioners/{}", self.licence), entry).await;
            }
            _ => {}
        }
    }

    /// The year in which they finished their training.
    fn graduation_year(&self) -> i16 {
        self.birth_date[..4].parse::<i16>().expect("a year") + 26
    }
}

/// A date of birth between 1940 and 1989, made of digits.
fn birth_date(digits: &str) -> String {
    let digit = |place: usize| digits.as_bytes()[place] % 10;
    format!("19{}{}-0{}-1{}", 4 + digit(0) % 5, digit(1), 1 + digit(2) % 9, digit(3))
}

/// A National Provider Identifier made of digits, with its check digit.
fn npi(digits: &str) -> String {
    let body = format!("1{}", &digits[..8]);
    let sum: u32 = format!("80840{body}")
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let double = digit * 2;
            if place % 2 == 1 { digit } else { double / 10 + double % 10 }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

impl Person {
    /// Signs up, confirms the address with the local cloud's code, and signs in.
    pub async fn sign_up(cloud: &Cloud, email: &str) -> Self {
        let client = cloud.address("identity_UserPoolClientId");
        let new = json!({
            "ClientId": client, "Username": email, "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": email}],
        });
        cloud.user_pool("SignUp", &new).await.expect(200);
        let code = json!({"ClientId": client, "Username": email, "ConfirmationCode": "123456"});
        cloud.user_pool("ConfirmSignUp", &code).await.expect(200);
        Self::sign_in(cloud, email).await
    }

    /// Signs in.
    pub async fn sign_in(cloud: &Cloud, email: &str) -> Self {
        let body = json!({
            "ClientId": cloud.address("identity_UserPoolClientId"), "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": email, "PASSWORD": PASSWORD},
        });
        let answer = cloud.user_pool("InitiateAuth", &body).await.expect(200);
        let access_token =
            answer["AuthenticationResult"]["AccessToken"].as_str().expect("a token").to_owned();
        Self { cloud: cloud.clone(), access_token, email: email.to_owned() }
    }

    /// Staff: signs up, is put into a group, signs in again.
    pub async fn staff(cloud: &Cloud, email: &str, group: &str) -> Self {
        Self::sign_up(cloud, email).await;
        cloud.add_to_group(email, group).await;
        Self::sign_in(cloud, email).await
    }

    /// The user pool's id of them.
    pub fn subject(&self) -> String {
        let claims = self.access_token.split('.').nth(1).expect("a token's claims");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["sub"].as_str().expect("a subject").to_owned()
    }

    /// A call to the identity API.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.call_with(method, path, &[], body).await
    }

    /// A call to the identity API with more headers.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let url = format!("{}{path}", self.cloud.address("identity_Url"));
        let bearer = format!("Bearer {}", self.access_token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        self.cloud.send(method, &url, &headers, body).await
    }

    /// Files an application and gives its id.
    pub async fn apply(&self, particulars: &Particulars) -> String {
        let filed =
            self.call(Method::POST, "/applications", Some(&particulars.application())).await.expect(201);
        filed["id"].as_str().expect("an id").to_owned()
    }

    /// Waits until an application is no longer being verified.
    pub async fn verified(&self, application: &str) -> Value {
        let path = format!("/applications/{application}");
        self.cloud
            .until("the verification", 60, async || {
                let view = self.call(Method::GET, &path, None).await.expect(200);
                (view["status"] != "verifying").then_some(view)
            })
            .await
    }

    /// Offers and uploads a document: its id.
    pub async fn upload_document(&self, application: &str, shows: &str, file: Vec<u8>) -> String {
        let path = format!("/applications/{application}/documents");
        let new = json!({"shows": shows, "media_type": "image/jpeg"});
        let offer = self.call(Method::POST, &path, Some(&new)).await.expect(201);
        upload(&self.cloud, &offer["upload"], "image/jpeg", file).await.expect(204);
        offer["document"].as_str().expect("an id").to_owned()
    }

    /// Waits until a document of the caller's is inspected, and gives the application.
    pub async fn inspected(&self, application: &str, document: &str) -> Value {
        let path = format!("/applications/{application}");
        self.cloud
            .until("the inspection", 60, async || {
                let view = self.call(Method::GET, &path, None).await.expect(200);
                let documents = view["documents"].as_array().expect("documents");
                let done = |one: &Value| one["document"] == document && one["state"] != "awaiting";
                documents.iter().any(done).then_some(view)
            })
            .await
    }

    /// Waits until an application is no longer being verified, and shows the documents that it asks for.
    pub async fn documented(&self, application: &str) -> Value {
        let view = self.verified(application).await;
        let reasons = view["reasons"].as_array().expect("reasons");
        let asked: Vec<&str> = reasons
            .iter()
            .filter(|reason| reason["code"] == "document")
            .map(|reason| reason["stage"].as_str().expect("a stage"))
            .collect();
        for stage in &asked {
            self.upload_document(application, stage, image::jpeg(320, 200)).await;
        }
        if asked.is_empty() {
            return view;
        }
        let path = format!("/applications/{application}");
        self.cloud
            .until("the documents", 60, async || {
                let view = self.call(Method::GET, &path, None).await.expect(200);
                (view["status"] == "in_review").then_some(view)
            })
            .await
    }

    /// Takes a screen name and gets a session.
    pub async fn join(&self, screen_name: &str) -> Member {
        self.call(Method::PUT, "/membership", Some(&json!({"screen_name": screen_name}))).await.expect(200);
        self.session(screen_name).await
    }

    /// Exchanges the access token for a session.
    pub async fn session(&self, screen_name: &str) -> Member {
        let session = self.call(Method::POST, "/sessions", Some(&json!({}))).await.expect(201);
        Member::new(&self.cloud, session["token"].as_str().expect("a token"), screen_name)
    }
}

/// Signs a person up, has them verified, by a reviewer where nobody else can, and made a member.
pub async fn member(cloud: &Cloud, particulars: &Particulars, screen_name: &str) -> Member {
    admitted(cloud, particulars).await.0.join(screen_name).await
}

/// Signs a person up and has them verified, with documents and by a reviewer where nobody else can: they, and the
/// application.
pub async fn admitted(cloud: &Cloud, particulars: &Particulars) -> (Person, String) {
    let (person, application, view) = applied(cloud, particulars).await;
    if particulars.is_registered() {
        assert_eq!(view["status"], "approved", "{view}");
    } else {
        assert_eq!(view["status"], "in_review", "{view}");
        approve(cloud, &application).await;
    }
    (person, application)
}

/// Has a licence issued, signs its holder up, who applies and shows the documents that are asked for: they, the
/// application, and where it stands then.
pub async fn applied(cloud: &Cloud, particulars: &Particulars) -> (Person, String, Value) {
    particulars.license(cloud).await;
    let person = Person::sign_up(cloud, &particulars.email).await;
    let application = person.apply(particulars).await;
    let view = person.documented(&application).await;
    (person, application, view)
}

/// A reviewer, just made.
pub async fn reviewer(cloud: &Cloud) -> Person {
    Person::staff(cloud, &format!("reviewer{}@example.org", nonce()), "reviewers").await
}

/// A reviewer approves an application.
pub async fn approve(cloud: &Cloud, application: &str) {
    let path = format!("/reviews/{application}/approve");
    reviewer(cloud).await.call(Method::POST, &path, Some(&json!({}))).await.expect(200);
}
