//! The values every zone speaks in: ids, money, time, countries, specialties, professions and text.
//!
//! Nothing here reads a clock, a network or a disk.

pub mod audience;
pub mod country;
pub mod fault;
pub mod id;
pub mod link;
pub mod media_type;
pub mod money;
pub mod profession;
pub mod secret;
pub mod session;
pub mod specialty;
pub mod text;
pub mod tier;
pub mod zone;

pub use audience::Audience;
pub use country::Country;
pub use fault::{Class, Invalid, Refusal};
pub use jiff::{SignedDuration, Span, Timestamp, civil::Date};
pub use link::Link;
pub use media_type::MediaType;
pub use money::Money;
pub use profession::Profession;
pub use secret::Secret;
pub use specialty::{Specialty, SpecialtyGroup};
pub use tier::Tier;
pub use zone::{Zone, monday};

#[doc(hidden)]
pub use utoipa as __utoipa;

/// Gives a string-like value its JSON form, its parser on the way in, and its OpenAPI schema.
///
/// The value must implement `Display` and `FromStr`; the schema is a string with the given example.
#[macro_export]
macro_rules! text_value {
    ($name:ident, $description:expr, $example:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err($crate::Invalid::carried)
            }
        }

        impl $crate::__utoipa::PartialSchema for $name {
            fn schema() -> $crate::__utoipa::openapi::RefOr<$crate::__utoipa::openapi::schema::Schema> {
                $crate::__utoipa::openapi::ObjectBuilder::new()
                    .schema_type($crate::__utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .examples([$example])
                    .into()
            }
        }

        impl $crate::__utoipa::ToSchema for $name {}
    };
}
