//! The kinds of images that are taken (PS3.4, table B.5-1), and which of them show a face without being photos.

use super::{collect::Collected, text};
use crate::Refused;

/// What a class of images is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Pictures in visible light: a face may be seen.
    Photo,
    /// Ultrasound: what is outside its regions is no picture.
    Ultrasound,
    /// Slices of a body, from which a face can be made again if there are enough of them.
    Slices,
    /// All other images.
    Other,
}

/// The root of the classes of stored images.
const ROOT: &str = "1.2.840.10008.5.1.4.1.1.";
/// Classes below that root. Reports, waveforms, radiotherapy, segmentations and documents are not among them, nor are
/// craniofacial volumes.
const CLASSES: [(Class, &[&str]); 4] = [
    (
        Class::Photo,
        &[
            "77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.3", "77.1.4", "77.1.4.1", "77.1.7", "7", "7.4",
            "77.1",
        ],
    ),
    (Class::Ultrasound, &["3", "3.1", "6", "6.1"]),
    (Class::Slices, &["2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "13.1.1", "128", "128.1", "130"]),
    (
        Class::Other,
        &[
            "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "5", "7.2", "7.3", "12.1", "12.1.1", "12.2",
            "12.2.1", "12.3", "13.1.3", "13.1.4", "13.1.5", "14.1", "14.2", "20", "77.1.5.1", "77.1.5.2",
            "77.1.5.4", "77.1.5.5", "77.1.5.7", "6.2", "6.3",
        ],
    ),
];
/// As many slices of a head show no face.
pub const FEW_SLICES: u32 = 8;
/// Beginnings of words for the head, in the languages that descriptions are written in.
const HEAD: [&str; 38] = [
    "head", "brain", "skull", "face", "facial", "crani", "crane", "kran", "cereb", "neuro", "orbit", "sinus",
    "nasal", "maxill", "mandib", "jaw", "dental", "pituit", "kopf", "schadel", "schädel", "gehirn",
    "gesicht", "tete", "tête", "crâne", "cerveau", "visage", "testa", "cabeza", "cráneo", "encef", "hirn",
    "hippoc", "thalam", "temporal", "cochlea", "optic",
];
/// The same, where the whole word is shorter.
const HEAD_WORDS: [&str; 9] = ["cap", "iac", "cbct", "nnh", "cct", "cmr", "ent", "hno", "tmj"];
/// Beginnings of words for what is no head, in the same languages. A neck reaches up to the face, and a whole body has
/// one: their words are not among these.
const ELSEWHERE: [&str; 101] = [
    "abdom", "adren", "ankle", "aort", "appendi", "axill", "bassin", "bauch", "becken", "biliar", "bladder",
    "blase", "bowel", "breast", "bronch", "brust", "buttock", "cadera", "calcan", "calf", "cardia", "carp",
    "caviglia", "chest", "cheville", "clavic", "coccyx", "colon", "corazon", "corazón", "coronar", "coude",
    "cuore", "duoden", "elbow", "ellbogen", "esophag", "extremi", "femor", "femur", "finger", "foie", "foot",
    "forearm", "fuss", "fuß", "gallbl", "genou", "ginocchi", "hanche", "hand", "heart", "hepat", "herz",
    "huft", "humer", "hüft", "iliac", "intestin", "kidney", "knee", "knie", "kolon", "leber", "lenden",
    "liver", "lumb", "lung", "lws", "mamma", "nier", "obersche", "ovar", "pancrea", "pankrea", "pelv",
    "poumon", "prostat", "pulmo", "radius", "rectal", "rectum", "rekt", "renal", "rodilla", "sacr", "scapul",
    "schulter", "shoulder", "spina", "spine", "spleen", "stern", "thora", "tibia", "torace", "torax",
    "tórax", "uter", "wirbel", "wrist",
];
/// The same, where the whole word is shorter, or is a defined term (PS3.16, annex L).
const ELSEWHERE_WORDS: [&str; 19] = [
    "arm", "bein", "bws", "cspine", "ctspine", "hip", "hips", "hws", "leg", "lspine", "lsspine", "pied",
    "rein", "reins", "rib", "ribs", "tlspine", "toe", "tspine",
];

impl Class {
    /// The class that a file says it has.
    pub(super) fn of(uid: &[u8]) -> Result<Self, Refused> {
        let below = text(uid).and_then(|uid| uid.strip_prefix(ROOT)).ok_or(Refused::UnsupportedMedia)?;
        let found = CLASSES.iter().find(|(_, classes)| classes.contains(&below));
        found.map(|(class, _)| *class).ok_or(Refused::UnsupportedMedia)
    }
}

/// Whether a file may hold slices of a head: its words say so, or do not say what else it holds.
pub(super) fn is_head_slice(class: Class, collected: &Collected<'_>) -> bool {
    class == Class::Slices && may_be_head(&collected.described)
}

fn may_be_head(words: &str) -> bool {
    let words = words.to_lowercase();
    let says = |beginnings: &[&str], whole: &[&str]| {
        words.split(|letter: char| !letter.is_alphanumeric()).any(|word| {
            beginnings.iter().any(|beginning| word.starts_with(beginning)) || whole.contains(&word)
        })
    };
    says(&HEAD, &HEAD_WORDS) || !says(&ELSEWHERE, &ELSEWHERE_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_documents_and_plans_are_no_images() {
        assert_eq!(Class::of(b"1.2.840.10008.5.1.4.1.1.2\0"), Ok(Class::Slices));
        assert_eq!(Class::of(b"1.2.840.10008.5.1.4.1.1.6.1"), Ok(Class::Ultrasound));
        for other in ["88.11", "104.1", "481.3", "66.4", "9.1.1", "13.1.2", "2.9", ""] {
            let uid = format!("{ROOT}{other}");
            assert_eq!(Class::of(uid.as_bytes()), Err(Refused::UnsupportedMedia), "{other}");
        }
    }

    #[test]
    fn a_head_is_told_by_its_words_or_by_none_for_anything_else() {
        for words in
            ["HEAD", "CT Neurocranium nativ", "MRT Schädel", "IRM cerveau", "cct", "T1 BRAIN", "Head, chest"]
        {
            assert!(may_be_head(words), "{words}");
        }
        for words in ["", "Series 3", "t1_mpr_tra", "NECK", "WHOLEBODY", "Angio 3D"] {
            assert!(may_be_head(words), "{words}");
        }
        for words in [
            "CHEST",
            "Abdomen with contrast",
            "knee",
            "LSPINE",
            "MRT LWS",
            "IRM du genou",
            "TC torace toracico",
        ] {
            assert!(!may_be_head(words), "{words}");
        }
    }
}
