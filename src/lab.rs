//! lab (draft)
mod dns;
mod records;
mod zone;
pub use dns::{Dns, DnsFault};
pub use zone::ZoneError;
