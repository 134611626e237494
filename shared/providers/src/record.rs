//! What a source of licences says of a clinician, whatever its own shape.

/// A source's record. What it holds beyond this, addresses above all, is dropped at the door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The source's own id of the record, to ask about it later.
    pub reference: Option<String>,
    /// Every number that the source knows the clinician by.
    pub numbers: Vec<String>,
    /// Legal family name.
    pub family_name: String,
    /// Legal given names.
    pub given_name: String,
    /// Year of birth, where the source has it.
    pub birth_year: Option<i16>,
    /// Years in which training was finished, where the source has them.
    pub graduation_years: Vec<i16>,
    /// Whether the source says, or suspects, that the clinician has died.
    pub deceased: bool,
    /// Whether at least one licence is active.
    pub active: bool,
    /// What bars the clinician from practising freely, or may: stable codes such as `sanctioned`.
    pub bars: Vec<&'static str>,
    /// Whether the source asks that nothing of the record be released.
    pub no_release: bool,
    /// Whether the source asks that the clinician not be contacted on its account.
    pub no_contact: bool,
}
