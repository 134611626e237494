//! Loads the register of the General Medical Council: the full file at first, and then every day's delta. A
//! schedule calls it once a day; calling it more often loads the last day again and changes nothing else. What it
//! tells of members' registrations is acted upon at once.

use std::collections::HashMap;

use edge::{StartError, config, secret};
use identity::{
    application::Decisions,
    monitor::Told,
    register::{Loaded, Register},
    unique::{Number, UniqueKey},
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Secret, SignedDuration, Timestamp};
use providers::gmc::{Doctor, File, Gmc, doctors};
use serde::{Deserialize, Serialize};

/// So many days without a delta, and the full file is loaded anew.
const LONGEST_GAP: i32 = 30;

#[derive(Deserialize)]
struct Secrets {
    gmc_api_key: Secret,
}

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Whether to load the full file whatever was loaded before.
    #[serde(default)]
    pub full: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub struct Done {
    /// How many lines were read.
    pub doctors: usize,
    /// How many lines could not be read, and were left out.
    pub unreadable: usize,
    /// How many members were suspended.
    pub suspended: usize,
    /// How many may write again.
    pub reinstated: usize,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The register.
    pub store: Register,
    /// The decisions.
    pub decisions: Decisions,
    /// Where its files are.
    pub gmc: Gmc,
}

impl App {
    /// Reads the environment: `TABLE`, `GMC_URL`, `LICENCE_SECRET`, `UNIQUE_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or a secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (base, id) = (env.text("GMC_URL"), env.text("LICENCE_SECRET"));
        let unique = env.text("UNIQUE_SECRET");
        env.finish()?;
        let secrets: Secrets = secret::fetch_json(&aws, &id).await?;
        let gmc = Gmc::new(providers::patient_client()?, base, secrets.gmc_api_key);
        let unique = UniqueKey::new(secret::fetch(&aws, &unique).await?);
        Ok(Self { store: Register::new(table.clone()), decisions: Decisions::new(table, unique), gmc })
    }

    /// Loads what is new.
    ///
    /// # Errors
    /// When a file or the table does not answer; the next call begins where this one did. Also when a file has no
    /// readable line, so that a change of its columns is heard of.
    pub async fn handle(&self, call: Call, now: Timestamp) -> Result<Done, StartError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let before = self.store.loaded().await?.filter(|loaded| !call.full && gap(loaded.read, today));
        let mut done = Done::default();
        let loaded = match before {
            Some(Loaded { full, read }) => {
                let last = self.deltas(read, now, &mut done).await?;
                Loaded { full, read: last.unwrap_or(read) }
            }
            None => {
                // A full file does not say how old it is: the deltas of the days before are loaded over it.
                let full = today.checked_sub(SignedDuration::from_hours(24 * i64::from(LONGEST_GAP)))?;
                if !self.load((File::Full, full), now, &mut done).await? {
                    return Err("there is no full file".into());
                }
                self.deltas(full, now, &mut done).await?;
                Loaded { full, read: today }
            }
        };
        self.store.note(loaded).await?;
        Ok(done)
    }

    /// Loads the deltas from a day on, and gives the last day that had one. A day without one is asked for again
    /// until a later one was read: files come late.
    async fn deltas(&self, from: Date, now: Timestamp, done: &mut Done) -> Result<Option<Date>, StartError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let (mut day, mut last) = (from, None);
        while day <= today {
            if self.load((File::Delta(day), day), now, done).await? {
                last = Some(day);
            }
            day = day.tomorrow()?;
        }
        Ok(last)
    }

    /// Loads a file that tells of a day; false if there is none.
    async fn load(
        &self,
        (file, day): (File, Date),
        now: Timestamp,
        done: &mut Done,
    ) -> Result<bool, StartError> {
        let Some(bytes) = self.gmc.file(file).await? else { return Ok(false) };
        // The last line of a doctor holds; a transaction takes each once.
        let mut read: HashMap<String, Doctor> = HashMap::new();
        let mut unreadable = 0;
        for line in doctors(&bytes) {
            match line {
                Ok(doctor) => {
                    read.insert(doctor.number.clone(), doctor);
                }
                Err(_) => unreadable += 1,
            }
        }
        if read.is_empty() && unreadable > 0 {
            return Err("no line of the register's file can be read".into());
        }
        let read: Vec<Doctor> = read.into_values().collect();
        self.store.write(&read, day).await?;
        let told: Vec<Told> = read
            .iter()
            .map(|doctor| Told::of(vec![Number::Gmc(doctor.number.clone())], &doctor.record(day)))
            // A full file can be older than the last delta: it tells of nobody that they may practise again.
            .filter(|told: &Told| file != File::Full || !told.lapsed.is_empty())
            .collect();
        let heard = self.decisions.hear("gmc_register", &told, now).await?;
        done.suspended += heard.suspended;
        done.reinstated += heard.reinstated;
        done.doctors += read.len();
        done.unreadable += unreadable;
        tracing::info!(doctors = read.len(), unreadable, "register loaded");
        Ok(true)
    }
}

/// Whether a register that was loaded up to a day can be brought up to date by deltas.
fn gap(read: Date, today: Date) -> bool {
    today.since(read).is_ok_and(|span| span.get_days() <= LONGEST_GAP)
}
