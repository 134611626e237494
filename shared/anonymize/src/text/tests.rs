use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// For texts that are written in 2026.
static ANONYMISER: LazyLock<Anonymiser> = LazyLock::new(|| Anonymiser::new(2026));

/// What becomes of a text.
fn done(text: &str) -> String {
    ANONYMISER.anonymise(text).text
}

/// Texts, and what becomes of each.
fn all(texts: &[(&str, &str)]) {
    for (text, expected) in texts {
        assert_eq!(done(text), *expected, "of {text}");
    }
}

#[test]
fn names_go_with_their_titles_labels_relations_and_lists() {
    all(&[
        (
            "Pt is a 54yo male, John Smith, seen by Dr. Okafor.",
            "Pt is a 54yo male, [NAME], seen by Dr. [NAME].",
        ),
        ("SMITH^JOHN and Garcia-Lopez, Maria", "[NAME] and [NAME]"),
        ("spoke with maria gonzalez (daughter), mrs gonzalez", "spoke with [NAME] (daughter), mrs [NAME]"),
        ("Mark reports nausea. His wife Linda called.", "[NAME] reports nausea. His wife [NAME] called."),
        ("Signed by Kaja Łapaj, MD", "Signed by [NAME], MD"),
        ("Frau Müller, M\u{200B}üller", "Frau [NAME]"),
        ("Dr. Beck's note", "Dr. [NAME]'s note"),
        ("Jan van der Berg was here", "[NAME] was here"),
    ]);
}

#[test]
fn what_medicine_named_after_people_stays() {
    let kept = [
        "woman with Parkinson's disease and Crohn's, Murphy sign negative, Glasgow Coma Scale 15",
        "Wegener granulomatosis vs Churg-Strauss; Graves' disease; Hodgkin lymphoma; Foley catheter; Epstein-Barr",
        "Child-Pugh B, Ranson criteria 3, Gleason 3+4, Apgar 8/9, Hill-Sachs lesion and Bankart tear",
        "Is Kaposi sarcoma plausible? In Texas, Canada or Mexico? von Willebrand disease?",
        "BP 120/80, strength 5/5, murmur 3/6, carbidopa/levodopa 25/100, Plt 145000, EF 25-30%",
        "A 78 year old man on apixaban 5 mg BID. 6 weeks ago, in 2015, EF 35%. What would you do?",
    ];
    all(&kept.map(|text| (text, text)));
}

#[test]
fn dates_keep_their_year_unless_it_tells_of_great_age() {
    all(&[
        ("on 3/14/2021, 2021-03-14T10:22:31Z and 14.03.58", "on [DATE 2021], [DATE 2021] and [DATE 1958]"),
        ("March 14, 2021; 14 Mar 21; 14-Mar-21; march 5", "[DATE 2021]; [DATE 2021]; [DATE 2021]; [DATE]"),
        (
            "14. März 2021, le 14 mars 1962, 3 de mayo de 1955, 14 marzo 1960",
            "[DATE 2021], le [DATE 1962], [DATE 1955], [DATE 1960]",
        ),
        (
            "seen on 3/14, again in June, 03/2021, 20210314",
            "seen on [DATE], again in [DATE], [DATE 2021], [DATE 2021]",
        ),
        ("DOB 04/12/1931", "DOB [DATE]"),
        ("it may 2 tabs help", "it may 2 tabs help"),
    ]);
}

#[test]
fn ages_over_89_are_one() {
    all(&[
        ("A 92 y/o woman, aged 101; 90-year-old", "A 90+ y/o woman, aged 90+; 90+-year-old"),
        ("89 year old man, HR 92, T 98.6 F, 95 years ago", "89 year old man, HR 92, T 98.6 F, 95 years ago"),
    ]);
}

#[test]
fn numbers_codes_and_addresses_go() {
    all(&[
        ("MRN 00482913, SSN 123-45-6789, acct# 99812-A", "MRN [ID], SSN [ID], acct# [ID]"),
        ("VIN 1HGCM82633A004352, serial SN-8842197, plate 7ABC123", "VIN [ID], serial [ID], plate [ID]"),
        ("DNI 12345678Z, codice fiscale RSSGLI60C54L219X", "DNI [ID], codice fiscale [ID]"),
        (
            "(617) 555-0182, 030 1234567, +33 6 12 34 56 78, tel 612 345 678",
            "[PHONE], [PHONE], [PHONE], tel [PHONE]",
        ),
        ("j.smith@example.com https://example.org/p/1 10.2.3.4", "[EMAIL] [URL] [NETWORK]"),
        ("１２３-４５-６７８９", "[ID]"),
        ("NCT01234567 and PMID: 12345678", "NCT01234567 and PMID: 12345678"),
    ]);
}

#[test]
fn places_smaller_than_a_state_go() {
    all(&[
        ("Lives at 123 Main St, Apt 4B, Boston, MA 02115.", "Lives at [ADDRESS], [PLACE]."),
        (
            "Hauptstraße 12; 12 rue de la Paix; Via Roma 10, zip 02115",
            "[ADDRESS]; [ADDRESS]; [ADDRESS], zip [PLACE 021**]",
        ),
        ("at St. Mary's Hospital, from Cleveland", "at [FACILITY], from [PLACE]"),
        (
            "seen in the Pain Clinic of a community hospital",
            "seen in the Pain Clinic of a community hospital",
        ),
    ]);
}

#[test]
fn the_changes_say_where_in_characters() {
    let text = "Zoë: Frau Müller, 14.03.1958";
    let done = ANONYMISER.anonymise(text);
    let cut =
        |change: &Change| text.chars().skip(change.start).take(change.end - change.start).collect::<String>();
    let found: Vec<_> = done.changes.iter().map(|change| (change.kind, cut(change))).collect();
    assert!(
        found.contains(&(Kind::Name, "Müller".to_owned()))
            && found.contains(&(Kind::Date, "14.03.1958".to_owned()))
    );
}

#[test]
fn who_is_named_in_one_of_several_texts_is_known_in_all() {
    let texts = ["Quillfeather: syncope", "Mrs. Quillfeather fainted twice.", "Which test first?"];
    let found = ANONYMISER.search(&texts);
    let all: Vec<String> = found.iter().map(|text| text.anonymised().text).collect();
    assert_eq!(all, ["[NAME]: syncope", "Mrs. [NAME] fainted twice.", "Which test first?"]);
    let spared = found.iter().map(|text| text.anonymised_but(|change| change.start == 0)).collect::<Vec<_>>();
    assert_eq!((spared[0].text.as_str(), spared[0].changes.len()), (texts[0], 0));
    assert_eq!(done(texts[0]), texts[0]);
}

proptest! {
    /// No text breaks it, and its changes are in order, apart, and within the text.
    #[test]
    fn any_text_is_taken(text in "(\\PC|[0-9/.@^'-]|Dr |Mr |MRN |\\n){0,60}") {
        let done = ANONYMISER.anonymise(&text);
        let mut end = 0;
        for change in &done.changes {
            prop_assert!(end <= change.start && change.start <= change.end);
            end = change.end;
        }
        prop_assert!(done.changes.iter().all(|change| change.end <= text.chars().count()));
        prop_assert_eq!(done.changes.is_empty(), done.text == text);
    }
}

#[test]
fn what_was_anonymised_stays_as_it_is() {
    let once =
        done("Frau Müller, MRN 00482913, Hauptstraße 12, seen 3/14/2021 by Dr. Okafor, aged 92, zip 02115");
    assert_eq!(done(&once), once);
}
