//! Makes files safe to be seen: what is released is a new file made of what may be known, never the old one
//! with something taken out. It knows no network and no storage.

pub mod anonymise;
pub mod area;
pub mod detect;
pub mod dicom;
pub mod image;
pub mod photo;
pub mod preview;
mod refused;
pub mod series;
pub mod sniff;
pub mod text;

pub use refused::Refused;
